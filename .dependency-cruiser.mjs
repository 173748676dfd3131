/** The import table of AGENTS.md, checked by `npm run check:imports`. */
const never = (name, from, to, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from },
  to: { path: to },
});

export default {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      comment: 'By type either: what two files need of each other is a third.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^cloudflare:' }, // built into workerd
    },
    {
      name: 'no-dev-dependencies',
      severity: 'error',
      from: { path: '^src' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    never('core', '^src/core/', '^src/(?!core/)', 'The ground floor imports nothing.'),
    never(
      'adapters',
      '^src/adapters',
      '^src/(http|live|speech|audio|dialects|services)/',
      'Adapters build ports and call createApp.',
    ),
    never('app', '^src/app\\.ts', '^src/(adapters|cli|audio|stream|state)/', 'The app knows no runtime.'),
    never(
      'config',
      '^src/config/',
      '^src/(?!config/|core/)',
      'Settings know what they are, not who uses them.',
    ),
    never(
      'http',
      '^src/((http|live|dialects|services|openapi)/|router\\.ts)',
      '^src/((engine|audio|adapters|state|cli|config)/|recognizer/(?!recognizer\\.ts))',
      'Dialects and HTTP know what is said, not who speaks.',
    ),
    {
      name: 'dialects-apart',
      severity: 'error',
      comment: 'A dialect is added by its own folder.',
      from: { path: '^src/dialects/([^/]+)/' },
      to: { path: '^src/dialects/[^/]+/', pathNot: '^src/dialects/$1/' },
    },
    {
      name: 'dialect-list',
      severity: 'error',
      comment: 'Only the list names dialects.',
      from: { path: '^src/', pathNot: '^src/dialects/' },
      to: { path: '^src/dialects/(?!list\\.ts)' },
    },
    never(
      'http-below',
      '^src/(http|services|live)/',
      '^src/(dialects/list|router)\\.ts',
      'What dialects share knows none of them.',
    ),
    never('services', '^src/services/', '^src/(http|live)/', 'Services know no HTTP.'),
    never(
      'speech',
      '^src/speech/',
      '^src/(http|live|dialects|services|adapters|config|cli|state|telemetry|engine|recognizer)/',
      'Speech is pure meaning.',
    ),
    never(
      'engine',
      '^src/engine/(?!(compose|composing|embedded|embedded-workers)\\.ts)',
      '^src/(http|live|dialects|services|adapters|config|cli|telemetry|recognizer|state)/',
      'Engines make PCM.',
    ),
    never(
      'engine-audio',
      '^src/engine/',
      '^src/audio/(?!(pcm|wav|dsp/(silence|resample|stretch|gain|limiter)|decode/(open|sound))\\.ts)',
      'Engines know PCM, not containers.',
    ),
    never(
      'drivers-apart',
      '^src/engine/(fish|openai)/',
      '^src/engine/(onnx|policy)/',
      'What speaks does not know the policies around it, nor another engine.',
    ),
    never(
      'fish-apart',
      '^src/engine/fish/',
      '^src/engine/openai/',
      'One kind of upstream does not know another.',
    ),
    never(
      'openai-apart',
      '^src/engine/openai/',
      '^src/engine/fish/',
      'One kind of upstream does not know another.',
    ),
    never(
      'upstream',
      '^src/engine/upstream/',
      '^src/engine/((fish|openai|onnx|policy)/|upstreams\\.ts)',
      'What holds for any upstream knows none.',
    ),
    never(
      'onnx-apart',
      '^src/engine/onnx/',
      '^src/engine/(fish|openai|upstream|policy)/',
      'Engines do not know each other.',
    ),
    never(
      'policy',
      '^src/engine/policy/',
      '^src/engine/(fish|onnx|openai|upstream)/',
      'Policies wrap any engine.',
    ),
    never(
      'recognizer',
      '^src/recognizer/',
      '^src/(http|live|dialects|services|adapters|config|cli|telemetry|state|engine/(fish|openai|upstream|policy))/',
      'The recogniser is given files.',
    ),
    never('audio', '^src/audio/', '^src/(?!audio/|core/)', 'Audio is bytes in, bytes out.'),
    never(
      'leaves',
      '^src/(stream|state|telemetry)/',
      '^src/(http|live|dialects|services|engine|speech|audio|recognizer|adapters|config|cli|app)',
      'Leaves know nothing above them.',
    ),
    {
      name: 'runtime-modules',
      severity: 'error',
      comment: 'Runtime modules are named in adapters/ and cli/ alone.',
      from: { path: '^src', pathNot: '^src/(adapters|cli)' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'src-apart',
      severity: 'error',
      from: { path: '^src' },
      to: { path: '^(test|bench|attack|scripts)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      conditionNames: ['import', 'node', 'default', 'types'],
      exportsFields: ['exports'],
    },
  },
};
