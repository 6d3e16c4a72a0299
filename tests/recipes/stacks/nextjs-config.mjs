// Packages are in the folder above.
export default { turbopack: { root: "@@FOLDER@@/.." } };
