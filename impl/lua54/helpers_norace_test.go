//go:build lua54 && !race

package lua54

const thin = 1 // the fault tests let every call fail in turn
