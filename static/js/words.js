// The words of scripts in the page's language. For English there is no catalog, and what stands in the code is said.

export const language = document.documentElement.lang;

export const gettext = globalThis.gettext ?? ((words) => words);
export const ngettext = globalThis.ngettext ?? ((one, many, count) => (count === 1 ? one : many));

// Puts values in at %(their names)s.
export const put = (words, values) => words.replace(/%\((\w+)\)s/g, (_, name) => values[name]);

export const number = (value, options) => value.toLocaleString(language, options);
