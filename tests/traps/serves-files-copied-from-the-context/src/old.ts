export const title: string = "A site";
