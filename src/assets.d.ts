// Files that are bundled into the program: SQL as text, the assets of Swagger UI as paths.

declare module "*.sql" {
  const text: string;
  export default text;
}

declare module "swagger-ui-dist/*" {
  const path: string;
  export default path;
}
