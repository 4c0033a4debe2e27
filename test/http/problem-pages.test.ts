import { describe, expect, it } from 'vitest';
import { type ProblemSlug, problems } from '../../src/core/errors.ts';
import { problemGuides } from '../../src/core/problem-guide.ts';
import { createDataApp } from './data-app-fixture.ts';

describe('GET /problems/{slug}', () => {
  const slugs = Object.keys(problems) as ProblemSlug[];

  it.each(slugs)('tells what %s is, without a credential', async (slug) => {
    const { app } = createDataApp();
    const response = await app.inject({ method: 'GET', url: `/problems/${slug}` });
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('application/json');
    expect(response.json()).toEqual({ type: `/problems/${slug}`, ...problems[slug], ...problemGuides[slug] });
  });

  it('is a page for a browser', async () => {
    const { app } = createDataApp();
    const headers = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
    const response = await app.inject({ method: 'GET', url: '/problems/overload', headers });
    expect(response.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(response.headers).toMatchObject({ vary: 'Accept' });
    expect(response.body).toContain('<h1>Too much is in flight</h1>');
    expect(response.body).toContain('may succeed later');
  });

  it.each(slugs)('is a page that tells of %s what it means and what to do', async (slug) => {
    const { app } = createDataApp();
    const response = await app.inject({
      method: 'GET',
      url: `/problems/${slug}`,
      headers: { accept: 'text/html' },
    });
    const text = response.body.replaceAll(/<[^>]*>/g, '');
    const { when, whatToDo } = problemGuides[slug];
    expect(text).toContain(when.replaceAll('`', ''));
    expect(text).toContain(whatToDo.replaceAll('`', ''));
    expect(response.body).not.toContain('`');
  });

  it('lets a browser run and load nothing', async () => {
    const { app } = createDataApp();
    const headers = { accept: 'text/html' };
    const response = await app.inject({ method: 'GET', url: '/problems/overload', headers });
    expect(response.headers['content-security-policy']).toContain("default-src 'none'");
  });

  it('has guides without characters that HTML would have to escape', () => {
    const texts = slugs.flatMap((slug) => [problems[slug].title, ...Object.values(problemGuides[slug])]);
    expect(texts.filter((text) => /[<>&]/.test(text))).toEqual([]);
  });
});
