/** A static import of a .wasm file is a compiled module (wrangler.toml: CompiledWasm). */
declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}
