/** Compiles each statement once; what is compiled goes with the statement. */
export function compileOnce<Statement extends object, Compiled>(
  compile: (statement: Statement) => Compiled,
): (statement: Statement) => Compiled {
  const compiled = new WeakMap<Statement, Compiled>();
  return (statement) => {
    let known = compiled.get(statement);
    if (known === undefined) {
      known = compile(statement);
      compiled.set(statement, known);
    }
    return known;
  };
}
