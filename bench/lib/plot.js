'use strict';

// Bars: the median of each row, and a whisker from the lowest round to the
// highest one.

const LEFT = 170;
const WIDTH = 420;
const BAR = 18;
const STEP = 28;
const TOP = 44;


function escape(text) {
    return text.replace(/[&<>"]/g, (ch) => `&#${ch.charCodeAt(0)};`);
}


function bar({ name, rate }, i, scale) {
    const y = TOP + i * STEP;
    const middle = y + BAR / 2;
    const text = Math.round(rate.median).toLocaleString('en-US');
    const colour = name.startsWith('grip') ? '#2b6cb0' : '#a0aec0';

    const x = (value) => (LEFT + value * scale).toFixed(1);

    return `
  <text x="${LEFT - 10}" y="${middle}" text-anchor="end">${escape(name)}</text>
  <rect x="${LEFT}" y="${y}" width="${(rate.median * scale).toFixed(1)}"
        height="${BAR}" fill="${colour}"/>
  <path d="M${x(rate.low)} ${middle}H${x(rate.high)}" stroke="#1a202c"/>
  <text x="${Number(x(Math.max(rate.median, rate.high))) + 8}"
        y="${middle}">${text}</text>`;
}


function barChart(title, rows) {
    const most = Math.max(...rows.map(({ rate }) => rate.high));
    const height = TOP + rows.length * STEP + 8;
    const width = LEFT + WIDTH + 90;
    const bars = rows.map((row, i) => bar(row, i, WIDTH / most));

    return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}"
     height="${height}" viewBox="0 0 ${width} ${height}" font-size="13"
     font-family="sans-serif" dominant-baseline="central">
  <rect width="100%" height="100%" fill="#fff"/>
  <text x="12" y="20" font-weight="bold">${escape(title)}</text>${bars.join('')}
</svg>
`;
}


module.exports = { barChart };
