import { describe, expect, it } from 'vitest';
import { resolveReferences } from '../../../src/config/references.ts';
import { reference } from '../../support/config-file.ts';

const environment = { NAME: 'value', EMPTY: '', NESTED: reference('NAME') };

describe('references to variables', () => {
  it.each([
    [reference('NAME'), 'value', 'alone'],
    [`a-${reference('NAME')}-b`, 'a-value-b', 'in the middle of text'],
    [`${reference('NAME')}${reference('NAME')}`, 'valuevalue', 'twice'],
    [reference('EMPTY'), '', 'an empty variable is set'],
    [reference('NONE:-other'), 'other', 'the default of one that is not set'],
    [reference('EMPTY:-other'), 'other', 'the default of one that is empty, as shells do'],
    [reference('NAME:-other'), 'value', 'a default that is not needed'],
    [reference('NONE:-'), '', 'an empty default'],
    [reference('NONE:-a:-b'), 'a:-b', 'a default with the separator in it'],
    [`$${reference('NAME')}`, reference('NAME'), 'the dollar doubled'],
    [reference('NESTED'), reference('NAME'), 'what a variable holds is not looked through again'],
    ['$NAME and 5 $', '$NAME and 5 $', 'a dollar alone is a dollar'],
  ])('%s becomes %s: %s', (written, text) => {
    expect(resolveReferences(written, environment)).toMatchObject({ text });
    expect(resolveReferences(written, environment).fault).toBeUndefined();
  });

  it.each([
    [reference('NONE'), 'the variable NONE is not set'],
    [reference(''), `this is not of the form ${reference('NAME')}`],
    [reference('no-name'), `this is not of the form ${reference('NAME')}`],
    [reference('constructor'), 'the variable constructor is not set'],
    ['${NAME', `this is not of the form ${reference('NAME')}`],
  ])('%s is refused: %s', (written, fault) => {
    expect(resolveReferences(written, environment).fault).toBe(fault);
  });

  it('are told apart from text that has none', () => {
    expect(resolveReferences('plain', environment).replaced).toBe(false);
    expect(resolveReferences(`$${reference('NAME')}`, environment).replaced).toBe(false);
    expect(resolveReferences(reference('NAME'), environment).replaced).toBe(true);
  });
});
