//go:build lua54

package cstock

import (
	"testing"
	"unsafe"
)

// C finds the fields where Go has them.
func TestOffsets(t *testing.T) {
	var st Stock
	slack, floor, top := offsets()
	if slack != unsafe.Offsetof(st.Slack) || floor != unsafe.Offsetof(st.Floor) || top != unsafe.Offsetof(st.Top) {
		t.Errorf("C has slack, floor, top at %d, %d, %d; Go at %d, %d, %d", slack, floor, top,
			unsafe.Offsetof(st.Slack), unsafe.Offsetof(st.Floor), unsafe.Offsetof(st.Top))
	}
}
