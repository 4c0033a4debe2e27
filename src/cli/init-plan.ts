/** What `init` writes, before it is text. */
export interface InitPlan {
  /** What an editor finds the JSON Schema at, as seen from the file. */
  readonly schemaPath: string;
  readonly cassandra: EmbeddedPlan | ContactPlan;
  readonly classes: readonly { readonly name: string; readonly datacenters: readonly string[] }[];
  readonly application: {
    readonly name: string;
    readonly className: string;
    readonly tables: readonly string[];
  };
  /** Of the application's credential; undefined: none yet, or no credential is asked for. */
  readonly hash: string | undefined;
}

export interface EmbeddedPlan {
  readonly kind: 'embedded';
}

export interface ContactPlan {
  readonly kind: 'contact-points';
  readonly contactPoints: readonly string[];
  readonly datacenter: string;
  readonly username?: string;
  readonly passwordFile?: string;
  readonly caFile?: string;
}

export const embeddedDatacenters = { 'us-east-1-frontend': 6, 'us-east-1-backend': 2 } as const;
export const embeddedTable = 'shop.products';

/**
 * Classes by the names of datacenters: what is called a back end serves the back-end class, everything else the front
 * end. The own datacenter comes first, the others are its fallbacks in the order given.
 */
export function classesFor(datacenters: readonly string[], own: string): InitPlan['classes'] {
  const ordered = [own, ...datacenters.filter((datacenter) => datacenter !== own)];
  const backend = ordered.filter(isBackend);
  const frontend = ordered.filter((datacenter) => !isBackend(datacenter));
  return [
    ...(frontend.length > 0 ? [{ name: 'frontend', datacenters: frontend }] : []),
    ...(backend.length > 0 ? [{ name: 'backend', datacenters: backend }] : []),
  ];
}

/** The class of an application that stands in this datacenter. */
export function classNameFor(own: string): string {
  return isBackend(own) ? 'backend' : 'frontend';
}

function isBackend(datacenter: string): boolean {
  return /back-?_?end/i.test(datacenter);
}
