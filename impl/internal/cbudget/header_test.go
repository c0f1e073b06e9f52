package cbudget

import (
	"bytes"
	"os"
	"testing"
)

// lua54 has the same header, to the letter.
func TestHeader(t *testing.T) {
	mine, err := os.ReadFile("budget.h")
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := os.ReadFile("../../lua54/budget.h")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(mine, theirs) {
		t.Error("impl/lua54/budget.h is not the budget.h of this folder: copy it")
	}
}
