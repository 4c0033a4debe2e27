import { type Document, isCollection, isScalar, visit, type YAMLError } from 'yaml';
import { referenceForm } from './references.ts';

/**
 * The parser's faults in words of our own: its own messages quote the file, and what they quote may be a secret.
 * By the parser's codes; the ones that are not here are told without a reason.
 */
const reasons: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  BAD_ALIAS: 'a value that begins with & or * needs quotes',
  BAD_COLLECTION_TYPE: 'a tag stands before a value of another kind',
  BAD_DIRECTIVE: 'lines that begin with % have no use here',
  BAD_DQ_ESCAPE: 'a backslash in double quotes begins an escape that YAML does not know',
  BAD_INDENT: 'a bracket or brace before this is not closed, or the indentation is wrong',
  BAD_SCALAR_START: 'a value that begins with this character needs quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a second colon, or a line that is indented too far',
  BLOCK_IN_FLOW: 'a second colon, or an indented block inside brackets',
  KEY_OVER_1024_CHARS: 'a key has at most 1024 characters',
  MISSING_CHAR: 'a quote, bracket, brace, comma or space is missing before this',
  MULTILINE_IMPLICIT_KEY: 'a colon is missing after the key, or a line is indented wrongly',
  MULTIPLE_ANCHORS: 'a value has at most one anchor',
  MULTIPLE_DOCS: 'only one document is read; remove what begins at ---',
  MULTIPLE_TAGS: 'a value has at most one tag',
  RESOURCE_EXHAUSTION: 'it is nested too deeply',
  TAB_AS_INDENT: 'indentation takes spaces, not tabs',
  TAG_RESOLVE_FAILED: 'a value that begins with ! needs quotes',
  UNEXPECTED_TOKEN: 'something stands here that does not belong to what is before it',
};

interface DescribedFault {
  /** Where to look, in characters from the beginning. */
  readonly at: number;
  readonly what: string;
  readonly why: string;
}

const opening = '$'.concat('{');

export function describeYamlFault(text: string, document: Document, fault: YAMLError): DescribedFault {
  const what = 'this is not valid YAML';
  const [at] = fault.pos;
  if (text.startsWith(opening, at - 1) || text.startsWith(opening, at)) {
    return { at, what, why: `inside brackets and braces ${referenceForm} needs quotes` };
  }
  const begin = unclosedBefore(text, document, fault);
  if (begin !== undefined) return { at: begin, what, why: 'what is opened here is not closed' };
  return { at, what, why: reasons[fault.code] ?? 'nothing like it can stand here' };
}

/** The parser tells where it misses the closing quote, bracket or brace; people look for the opening one. */
function unclosedBefore(text: string, document: Document, fault: YAMLError): number | undefined {
  const [at] = fault.pos;
  if (!/^(Missing closing|Flow (map|sequence) )/.test(fault.message)) return undefined;
  const begins: { readonly start: number; readonly looksClosed: boolean }[] = [];
  visit(document, {
    Node(_, node) {
      const isFlow = isCollection(node) && node.flow === true;
      const isQuote = isScalar(node) && node.type?.startsWith('QUOTE') === true;
      const [start = at, end = 0] = node.range ?? [];
      if (!(isFlow || isQuote) || start >= at || end < at) return;
      begins.push({ start, looksClosed: isFlow && /[\]}]/.test(text[end - 1] ?? '') });
    },
  });
  // From the outside in: the innermost that is open, unless one that is closed hides it.
  return (begins.findLast(({ looksClosed }) => !looksClosed) ?? begins[0])?.start;
}
