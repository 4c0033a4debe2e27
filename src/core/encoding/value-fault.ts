/**
 * A value that its CQL type does not take, or a stored one that has no JSON form. `detail` names the type
 * and the rule, never the value.
 */
export class ValueFault extends Error {
  readonly detail: string;
  constructor(detail: string) {
    super(detail);
    this.name = 'ValueFault';
    this.detail = detail;
  }
}
