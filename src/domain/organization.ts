/** The tenant. Every row belongs to one; a fresh install has one, `default`. */
export type Organization = { id: string; slug: string; name: string; createdAt: Date };

export const defaultOrganization = "default";
