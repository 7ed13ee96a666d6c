/** Files for the visitor. */

/** Hand a file to the visitor. @param {string} name @param {Blob} blob */
export const save = (name, blob) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
};
