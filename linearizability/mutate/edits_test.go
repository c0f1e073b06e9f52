package mutate

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	got, err := Parse("m.txt", `comment
# A
It is
wrong.
only: Because
so.
// not read

@ f
-a
-b
+c
-d
+e
@ g
-h
+
# B
only that.
@ f
-a
+
`, "only", "falls")
	want := []Mutant{
		{ID: "A", Sentence: "It is wrong.", Fields: map[string]string{"only": "Because so."},
			Edits: []Edit{{"f", "a\nb", "c"}, {"f", "d", "e"}, {"g", "h", ""}}, Cells: map[string]Cell{}},
		{ID: "B", Sentence: "only that.", Fields: map[string]string{},
			Edits: []Edit{{"f", "a", ""}}, Cells: map[string]Cell{}},
	}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("Parse: %v (-want +got):\n%s", err, d)
	}
}

func TestParseIsStrict(t *testing.T) {
	for _, tt := range []struct{ name, text, why string }{
		{"one id twice", "# A\nx\n@ f\n-a\n+b\n# A\nx\n@ f\n-a\n+b\n", "m.txt:6: a second mutant A"},
		{"id of the control", "# -\nx\n@ f\n-a\n+b\n", "m.txt:1: a second mutant -"},
		{"no sentence", "# A\n@ f\n-a\n+b\n", "m.txt: A has no sentence"},
		{"field alone", "# A\nonly: x\n@ f\n-a\n+b\n", "A has no sentence"},
		{"no edit", "# A\nx\n", "no edit"},
		{"stray line", "# A\nx\n@ f\n-a\nb\n", `m.txt:5: "b" is no line of an edit`},
		{"new without old", "# A\nx\n@ f\n+b\n", "no line of an edit"},
	} {
		if _, err := Parse("m.txt", tt.text, "only"); err == nil || !strings.Contains(err.Error(), tt.why) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.why)
		}
	}
}

// An edit that fits nowhere, or in two places, or changes nothing, is an error. The second edit
// sees what the first made.
func TestApply(t *testing.T) {
	dir := fstest.MapFS{"d/f": {Data: []byte("one two two\n")}}
	for _, tt := range []struct {
		name  string
		edits []Edit
		want  string // "" for an error
	}{
		{"once", []Edit{{"d/f", "one", "1"}}, "1 two two\n"},
		{"two edits", []Edit{{"d/f", "one", "1"}, {"d/f", "1 two", "3"}}, "3 two\n"},
		{"nowhere", []Edit{{"d/f", "three", "3"}}, ""},
		{"in two places", []Edit{{"d/f", "two", "2"}}, ""},
		{"gone after the first", []Edit{{"d/f", "one", "1"}, {"d/f", "one", "2"}}, ""},
		{"no change", []Edit{{"d/f", "one", "one"}}, ""},
		{"empty", []Edit{{"d/f", "", "x"}}, ""},
		{"no file", []Edit{{"f", "one", "1"}}, ""},
	} {
		files, err := Mutant{ID: "M", Edits: tt.edits}.Apply(dir)
		if (err == nil) != (tt.want != "") || files["d/f"] != tt.want {
			t.Errorf("%s: Apply = %q, %v, want %q", tt.name, files, err, tt.want)
		}
		if err != nil && !strings.HasPrefix(err.Error(), "M: ") {
			t.Errorf("%s: %v does not name the mutant", tt.name, err)
		}
	}
}
