import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { readNpmSettings } from '../../src/cli/models/npmrc.ts';
import { temporaryFolder } from './support.ts';

/** A machine with these files, and the environment in which npm would find them. */
function machine(files: Readonly<Record<string, string>>, more: Readonly<Record<string, string>> = {}) {
  const root = temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  const env: Record<string, string> = {
    HOME: join(root, 'home'),
    PREFIX: join(root, 'usr'),
    npm_config_local_prefix: join(root, 'project'),
    npm_execpath: join(root, 'npm/bin/npm-cli.js'),
    ...more,
  };
  return { root, env };
}

const places = ['npm/npmrc', 'usr/etc/npmrc', 'home/.npmrc', 'project/.npmrc'];

test('npm, all users, the user, the project, the environment: the later is the stronger', async () => {
  const files: Record<string, string> = {};
  for (const place of places) {
    files[place] = `registry=https://${place}/\n`;
    const { env } = machine(files);
    expect((await readNpmSettings(env)).text('registry')).toBe(`https://${place}/`);
  }
  const { env } = machine(files, { NPM_CONFIG_REGISTRY: 'https://environment/' });
  expect((await readNpmSettings(env)).text('registry')).toBe('https://environment/');
});

test('the file of all users is below the prefix that the user set, or where it is said', async () => {
  const { root, env } = machine({
    'home/.npmrc': 'prefix = ~/global',
    'home/global/etc/npmrc': 'proxy=http://a',
  });
  expect((await readNpmSettings(env)).text('proxy')).toBe('http://a');
  writeFileSync(join(root, 'elsewhere'), 'proxy=http://b');
  const said = { ...env, npm_config_globalconfig: join(root, 'elsewhere') };
  expect((await readNpmSettings(said)).text('proxy')).toBe('http://b');
});

test('variables are filled in, in names and values; one that is not set stays as it is written', async () => {
  const variable = (name: string): string => `$\{${name}}`;
  const npmrc = [
    `//${variable('HOST')}/:_authToken = ${variable('TOKEN')}`,
    `a=${variable('NONE')}`,
    `b=x${variable('NONE?')}`,
    `c="\\\\${variable('TOKEN')}"`,
    '; a comment',
  ];
  const { env } = machine({ 'home/.npmrc': npmrc.join('\n') }, { HOST: 'example.com', TOKEN: 'secret' });
  const settings = await readNpmSettings(env);
  expect(settings.text('//example.com/:_authToken')).toBe('secret');
  expect(settings.text('a')).toBe(variable('NONE'));
  expect(settings.text('b')).toBe('x');
  expect(settings.text('c')).toBe(variable('TOKEN'));
});

test('lists, switches, paths, and a setting that a nearer file takes back', async () => {
  const user = ['ca[]="one\\ntwo"', 'ca[]=three', 'strict-ssl=false', 'cafile=~/ca.pem', 'proxy=http://a'];
  const { root, env } = machine({ 'home/.npmrc': user.join('\n'), 'project/.npmrc': 'proxy=null' });
  const settings = await readNpmSettings(env);
  expect(settings.list('ca')).toEqual(['one\ntwo', 'three']);
  expect(settings.isOff('strict-ssl')).toBe(true);
  expect(settings.path('cafile')).toBe(join(root, 'home/ca.pem'));
  expect(settings.text('proxy')).toBeUndefined();
  const fromEnvironment = await readNpmSettings({ ...env, npm_config_ca: 'four\n\nfive' });
  expect(fromEnvironment.list('ca')).toEqual(['four', 'five']);
});
