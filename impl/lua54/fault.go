//go:build lua54 && fault

package lua54

// #cgo CFLAGS: -DFAULT
// #include "host.h"
import "C"

// setFault lets malloc fail as f says, in all states: it is for one state at a time.
func setFault(from, to int64, shrinks bool) {
	C.host_fault(C.int64_t(from), C.int64_t(to), cBool(shrinks))
}

// faultSeen is how many calls of the kind there were since setFault.
func faultSeen() int64 { return int64(C.host_fault_seen()) }
