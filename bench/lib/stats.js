'use strict';

// Medians, and ratios of what was measured in the same round.


function median(values) {
    const sorted = [...values].sort((a, b) => a - b);
    const middle = sorted.length >> 1;

    return sorted.length % 2 ? sorted[middle]
                             : (sorted[middle - 1] + sorted[middle]) / 2;
}


// { median, low, high }

function spread(values) {
    return { median: median(values), low: Math.min(...values),
             high: Math.max(...values) };
}


// Of a field of the rounds of two rows.

function ratio(row, base, field) {
    return spread(row.rounds.map((round, i) => {
        return round[field] / base.rounds[i][field];
    }));
}


module.exports = { median, ratio, spread };
