/** What every installation of the tests signs with. */
export const secrets = { accessSecret: "a".repeat(64), refreshSecret: "r".repeat(64) };
