// Types of the package @pnpm/npm-conf, which has none.
declare module '@pnpm/npm-conf' {
  interface Configuration {
    /** Of the command line, the environment, .npmrc files, or npm's default; undefined where none of them says anything. */
    get(key: string): unknown;
  }
  function npmConf(): { readonly config: Configuration; readonly warnings: readonly string[] };
  export default npmConf;
}
