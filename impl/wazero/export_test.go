package wazeromem

import (
	"github.com/tetratelabs/wazero/api"
)

// MarkClosed does what wazero does when a context ends that a call was given: the rest is left to
// the call.
func MarkClosed(mod api.Module, exitCode uint32) {
	const notYet = 2 // flag: what the module has is not closed
	w, err := wazeroModuleOf(mod.(*module).Module)
	if err != nil {
		panic(err)
	}
	w.closedField().Store(notYet | uint64(exitCode)<<32)
}
