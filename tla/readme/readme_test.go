package readme

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWrite(t *testing.T) {
	const (
		begin = "<!-- table:begin -->\n"
		end   = "<!-- table:end -->\n"
		other = "<!-- other:begin -->\nkept\n<!-- other:end -->\n"
	)
	for _, tt := range []struct {
		name, page string
		want       string // "" when the page stays as it is
		why        string // the error holds this
	}{
		{"empty section", "head\n" + begin + end + "tail", "head\n" + begin + "new\n" + end + "tail", ""},
		{"old text", begin + "old\nold\n" + end, begin + "new\n" + end, ""},
		{"another section", other + begin + end + other, other + begin + "new\n" + end + other, ""},
		{"no marker", "head\n", "", `<!-- table:begin -->" is there 0 times`},
		{"no begin", end, "", `<!-- table:begin -->" is there 0 times`},
		{"no end", begin + "old\n", "", `<!-- table:end -->" is there 0 times`},
		{"twice", begin + end + begin + end, "", `<!-- table:begin -->" is there 2 times`},
		{"end first", end + begin, "", `"<!-- table:end -->" comes before`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "page.md")
			if err := os.WriteFile(file, []byte(tt.page), 0o644); err != nil {
				t.Fatal(err)
			}
			err := Write(file, "table", "new\n")
			switch {
			case (err == nil) != (tt.why == ""):
				t.Errorf("Write = %v, want an error: %v", err, tt.why != "")
			case err != nil && (!strings.Contains(err.Error(), tt.why) || !strings.Contains(err.Error(), file)):
				t.Errorf("Write = %v, want it to name %s and say %q", err, file, tt.why)
			}
			want := tt.want
			if want == "" {
				want = tt.page
			}
			if got, _ := os.ReadFile(file); string(got) != want {
				t.Errorf("the page is\n%s\nwant\n%s", got, want)
			}
			if text, err := Read(file, "table"); (err == nil) != (tt.want != "") || err == nil && text != "new\n" {
				t.Errorf("Read = %q, %v", text, err)
			}
		})
	}
	none := filepath.Join(t.TempDir(), "none.md")
	if err := Write(none, "table", "new\n"); !os.IsNotExist(err) {
		t.Errorf("Write into no file = %v, want it not to exist", err)
	}
}

func TestRoot(t *testing.T) {
	want, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	// impl/bench is a module of its own.
	for _, dir := range []string{".", "../..", "../../impl/bench"} {
		t.Chdir(dir)
		if got, err := Root(); got != want || err != nil {
			t.Errorf("Root in %s = %q, %v, want %q", dir, got, err, want)
		}
		t.Chdir(filepath.Join(want, "tla", "readme"))
	}
	t.Chdir(t.TempDir())
	if got, err := Root(); err == nil {
		t.Errorf("Root outside of the checkout = %q", got)
	}
}
