/* Arithmetic on colours, as lists of red, green and blue from 0 to 255. */

const INK = "#14181f";
const WHITE = [255, 255, 255];

export function rgb(text) {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text);
  if (hex) return hex.slice(1).map((digits) => parseInt(digits, 16));
  const numbers = (text.match(/[\d.]+/g) || []).map(Number);
  const isClear = numbers.length > 3 && numbers[3] === 0;
  return numbers.length >= 3 && !isClear ? numbers.slice(0, 3) : WHITE;
}

export const css = (colour) => `rgb(${colour.map(Math.round).join(" ")})`;

export const mix = (a, b, share) => a.map((value, channel) => value + (b[channel] - value) * share);

/* Relative luminance as WCAG defines it. */
export function luminance(colour) {
  const [r, g, b] = colour.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/* The text colour that is read more easily on a colour. */
export const readable = (colour) => (luminance(colour) > 0.2 ? INK : "#ffffff");
