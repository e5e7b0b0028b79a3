/** `.ci/run` lets those versions of Node pass that `engines` of package.json names. */
import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** Exit code of the expression that `.ci/run` gives to node. */
function exitCode(version: string): number {
  const [, expression] = /^node -e '(.*)' \\$/m.exec(read('.ci/run'))!;
  let code = NaN;
  runInNewContext(expression!, { process: { versions: { node: version }, exit: (given: number) => (code = given) } });
  return code;
}

test('the versions below are those of engines', () => {
  expect((JSON.parse(read('package.json')) as { engines: object }).engines).toEqual({ node: '^20.19.0 || ^22.12.0 || >=23' });
});

test.each(['18.20.4', '20.18.3', '21.0.0', '21.7.3', '22.0.0', '22.11.0'])('Node %s is refused', (version) => {
  expect(exitCode(version)).toBe(1);
});

test.each(['20.19.0', '20.20.1', '22.12.0', '22.14.0', '23.0.0', '24.1.0', '25.0.0'])('Node %s is taken', (version) => {
  expect(exitCode(version)).toBe(0);
});
