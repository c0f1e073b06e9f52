package arrowmem

// Aligned is what Heap makes blocks of, also of sizes that it does not round to.
var Aligned = aligned
