import path from 'node:path';

export interface Import {
  readonly from: string;
  /** A file of the project, relative to its root, or the name of a package. */
  readonly to: string;
}

/** Who may import whom. A folder that is not listed here may be imported by nobody and import nothing. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'src/main.ts': ['src/cli'],
  'src/cli': ['src/cli', 'src/compose.ts', 'src/compose', 'src/workers', 'src/config', 'src/core'],
  'src/compose.ts': [
    'src/compose',
    'src/http',
    'src/admin',
    'src/web',
    'src/workers',
    'src/adapters',
    'src/config',
    'src/core',
  ],
  'src/compose': ['src/http', 'src/admin', 'src/web', 'src/adapters', 'src/config', 'src/core'],
  'src/workers': ['src/adapters', 'src/core'],
  'src/http': ['src/web', 'src/core'],
  'src/admin': ['src/web', 'src/core'],
  'src/web': ['src/core'],
  'src/config': ['src/config', 'src/core'],
  'src/core': ['src/core'],
  topology: ['topology'],
  loadtest: ['loadtest', 'topology'],
};

const specifier =
  /(?:^|\n)\s*(?:import|export)\s[^'";]*?from\s*['"]([^'"]+)['"]|import\s*\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)\s*import\s*['"]([^'"]+)['"]/g;

export function readImports(file: string, source: string): Import[] {
  return [...source.matchAll(specifier)].map((match) => {
    const to = match[1] ?? match[2] ?? match[3] ?? '';
    const local = to.startsWith('.') ? path.posix.join(path.posix.dirname(file), to) : to;
    return { from: file, to: local };
  });
}

/** Why an import breaks the layers, or undefined. */
export function layerFault({ from, to }: Import): string | undefined {
  const home = layerOf(from);
  const isPackage = !/^(src|topology|loadtest|test)\//.test(to);
  if (isPackage) return home === 'src/core' ? `${from}: core imports no package (${to})` : undefined;
  const target = layerOf(to);
  if (home === target) return undefined;
  const targets = allowed[home] ?? (home.startsWith('src/adapters/') ? ['src/core'] : []);
  const fits = targets.some((entry) => target === entry || target.startsWith(`${entry}/`));
  return fits ? undefined : `${from}: ${home} may not import ${target} (${to})`;
}

/** `src/adapters/<name>` each for itself: adapters do not import each other. */
function layerOf(file: string): string {
  if (file === 'src/main.ts' || file === 'src/compose.ts') return file;
  const parts = file.split('/');
  const depth = parts[0] === 'src' ? (parts[1] === 'adapters' ? 3 : 2) : 1;
  return parts.slice(0, depth).join('/');
}
