package linearizability_test

import (
	"os"
	"path/filepath"
	"testing"

	lin "casalloc/linearizability"
	"casalloc/linearizability/calls"
)

// TestPicture draws a run that passes. The command prints where the picture is:
//
//	go test ./linearizability -run TestPicture -artifacts -v
func TestPicture(t *testing.T) {
	tree, rs := parseTree(t, "-(3)"), lin.NewRecorders(3)
	made := tree.Make()
	b, x := made[calls.Root], made[calls.X]
	// Limit 4, and 3 of the child. Client 0 grows by 3 there and its backend fails. Meanwhile client
	// 1 is refused, and client 2 lowers the limit.
	rs[0].Do(b, nil, lin.Input{Op: calls.SetLimit, N: 4})
	rs[0].Resize(x, calls.X, 0, 3, func() bool {
		rs[1].Resize(b, calls.Root, 0, 2, func() bool { return true })
		rs[2].Resize(b, calls.Root, 0, 1, func() bool {
			rs[1].Do(x, nil, lin.Input{Op: calls.Exact, At: calls.X})
			return true
		})
		rs[2].Do(b, nil, lin.Input{Op: calls.SetLimit, N: 2})
		return false
	})
	rs[1].Resize(x, calls.X, 0, 1, func() bool { return true })
	rs[1].Do(b, nil, lin.Input{Op: calls.Exact})
	history := lin.Collect(tree, rs)
	lin.Require(t, history, "# three clients")

	path := filepath.Join(t.ArtifactDir(), "history.html")
	if err := lin.Draw(history, path, "go test ./linearizability -run TestPicture -artifacts -v"); err != nil {
		t.Fatal(err)
	}
	if f, err := os.Stat(path); err != nil || f.Size() == 0 {
		t.Fatalf("no picture: %v, %v", f, err)
	}
	t.Log(path)
}
