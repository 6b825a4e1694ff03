"use strict";
// What is large lies packed in the page: gzip, written in letters. It is unpacked when it is first
// asked for, so that only what a reader opens costs time.

const canUnpack = typeof DecompressionStream === "function";
const unpacked = new Map();

async function inflate(letters) {
  const bytes = Uint8Array.from(atob(letters.trim()), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

// The text that an element holds packed; a promise.
function unpack(element) {
  if (!unpacked.has(element)) unpacked.set(element, inflate(element.textContent));
  return unpacked.get(element);
}

// An element with properties and children; text among these stays text.
function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// Text whose parts between backticks are code.
function rich(text) {
  return text.split("`").map((part, i) => (i % 2 ? make("code", { textContent: part }) : part));
}

// Numbers as the report prints them: three digits, the sign for minus, a dash for nothing.
function short(x) {
  if (x === null || x === undefined) return "\u2013";
  const whole = Math.abs(x) >= 1000 && Math.abs(x) < 1e7;
  const text = whole ? Math.round(x).toLocaleString("en-US") : String(Number(x.toPrecision(3)));
  return text.replace("-", "\u2212");
}
