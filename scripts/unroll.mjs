// What asc does with loops over `unrolled(N)` (assembly/unrolled.ts): N copies of the body, in each of which the counter is
// a constant, so that conditions on it cost nothing. Neither asc nor V8 unrolls loops of this size.
import { Node, NodeKind, Source, SourceKind, Token, Tokenizer } from "assemblyscript";
import { Transform } from "assemblyscript/transform";

const MARK = "unrolled";

export default class Unroll extends Transform {
  afterParse(parser) {
    for (const source of parser.sources) {
      if (!source.isLibrary && source.text.includes(MARK)) unrollIn(source, parser);
    }
  }
}

/** Puts a block in the place of each marked loop below `node`. */
function unrollIn(node, parser) {
  for (const [name, child] of Object.entries(node)) {
    if (name === "range" || typeof child !== "object" || child === null) continue;
    if (!Array.isArray(child) && child.kind === undefined) continue;
    const times = timesOf(child);
    if (times > 0) node[name] = copiesOf(child, times, parser);
    unrollIn(node[name], parser);
  }
}

/** N of `for (let counter: u32 = 0; counter < unrolled(N); counter++)`, else 0. */
function timesOf({ kind, condition }) {
  if (kind !== NodeKind.For || condition?.kind !== NodeKind.Binary || condition.operator !== Token.LessThan) return 0;
  const { right } = condition;
  if (right.kind !== NodeKind.Call || right.expression.text !== MARK) return 0;
  const times = Number(right.args[0]?.range.toString());
  if (Number.isInteger(times) && times > 0) return times;
  throw new Error(`${right.range.source.normalizedPath}: ${right.range}: unrolled() takes a number literal above 0`);
}

function copiesOf({ initializer, body, range }, times, parser) {
  const counter = initializer.declarations[0].name.text;
  const copies = Array.from({ length: times }, (_, time) => {
    const statements = [constant(parser, range.source, counter, time), parsed(parser, range.source, body.range.start)];
    return Node.createBlockStatement(statements, body.range);
  });
  return Node.createBlockStatement(copies, range);
}

/** The statement that begins at `start`, anew: nodes are not to be in two places. */
function parsed(parser, source, start) {
  const tokenizer = new Tokenizer(source, parser.diagnostics);
  tokenizer.pos = start;
  return parser.parseStatement(tokenizer);
}

function constant(parser, { normalizedPath }, name, value) {
  return parsed(parser, new Source(SourceKind.User, normalizedPath, `const ${name}: u32 = ${value};`), 0);
}
