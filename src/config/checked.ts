/** The checks before have made sure of the value; without them this is a fault of the program. */
export function checked<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('the configuration was used without having been checked');
  return value;
}
