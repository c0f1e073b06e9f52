//go:build lua54 && race

package lua54

const thin = 8 // the fault tests let every eighth call fail in turn: the race detector is slow
