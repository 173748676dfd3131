/** @types/npmcli__config describes the class, not the settings that npm itself passes to it. */
declare module '@npmcli/config/lib/definitions/index.js' {
  import type Config from '@npmcli/config';

  const npm: {
    readonly definitions: Config.DefinitionsObject;
    readonly shorthands: Config.ShortFlags;
    readonly nerfDarts: readonly string[];
    readonly flatten: (current: object, total?: object) => object;
  };
  export default npm;
}
