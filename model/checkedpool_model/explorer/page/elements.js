// Makes elements. What is said is always text: nothing that a file says can become markup.

export const SVG = "http://www.w3.org/2000/svg";

export function el(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

export function byId(id) {
  return document.getElementById(id);
}

export function put(parent, ...children) {
  parent.replaceChildren(...children.flat(Infinity).filter(isThere));
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter(isThere));
  return element;
}

// Words in which something stands between backticks: that is code.
export function coded(words) {
  return words.split("`").map((part, place) => (place % 2 ? el("code", {}, part) : part));
}

function isThere(child) {
  return child !== null && child !== undefined && child !== false;
}

export function count(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}
