//go:build lua54 && race

package lua54

const thin = 8 // the fault tests take every eighth call: the race detector is slow
