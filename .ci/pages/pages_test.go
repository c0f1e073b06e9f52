package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// small is a checkout that has one thing of each kind.
var small = map[string]string{
	"go.mod":         "module casalloc\n",
	".gitignore":     "/impl/made.txt\n",
	"impl/README.md": "# Title\n\n## A `Code_name` heading: this, that\n\n## Twice\n\n## Twice\n",
	"impl/impl.go":   "package impl\n\n// R1. Grant is Budget!Reserve.\nfunc (b *Budget) grant() {}\n",
	"impl/impl_test.go": "package impl\nfunc TestOne(t *testing.T)\nfunc TestMain(m *testing.M)\n" +
		"func FuzzOne(f *testing.F)\n",
	"impl/example_test.go": "package impl\n\nfunc Example() {\n\tif f() {\n\t\tg()\n\t}\n}\n",
	"impl/some_test.go": "//go:build some && !other\n" +
		"package impl\nfunc TestSome(t *testing.T)\n",
	"impl/bench/go.mod":        "module casalloc/impl/bench\n",
	"impl/bench/bench_test.go": "package bench\nfunc BenchmarkFar(b *testing.B)\n",
	"impl/cmd/run/main.go":     "package main\nvar n = flag.Int(\"n\", 0, ``)\n",
	"tla/README.md":            "| R1 | `Swap` | `Slack` |\n",
	"tla/cases.tsv":            "name\tmodule\nBudget-Kept\tBudget\n",
	"tla/Budget.tla": "---- MODULE Budget ----\n\\* Budget.grant\n" +
		"Reserve(t) ==\n  /\\ TRUE\nStrictLimit == TRUE\n",
	"tla/cmd/tlc/main.go":                 "package main\n",
	"linearizability/mutants/mutants.txt": "\n# Swap\nR1. The swap.\n",
	"tla/mutants.txt":                     "\n# Slack\nR1. The slack.\n",
}

// wrongLines are reported as the third string says, and the right ones beside them are not.
var wrongLines = [][3]string{
	{"[a](impl)", "[a](impi)", "link impi"},
	{"[`a`](impl/impl.go)", "![a](impl/none.svg)", "link impl/none.svg"},
	{"[a](impl/../go.mod)", "[a](../go.mod)", "link ../go.mod"},
	{"[![a](impl/impl.go)](impl)", "[![a](impl/impl.go)](imp)", "link imp"},
	{"[a](#page-one)", "[a](#page-two)", "anchor #page-two"},
	{"[a](impl/README.md#a-code_name-heading-this-that)", "[a](impl/README.md#code)", "anchor impl/README.md#code"},
	{"[a](impl#twice-1)", "[a](impl#twice-2)", "anchor impl#twice-2"},
	{"[a](https://go.dev/x)", "[a](impl", "end of [a](impl"},
	{"``a ` b``", "`a", "end of `a"},
	{"```\na\n```", "```\na", "end of ```"},

	{"`impl/impl.go`", "`impl/imp.go`", "path impl/imp.go"},
	{"`impl/cmd/`, `x/y`, `n/2 + 1`", "`impl/cmds/`", "path impl/cmds/"},
	{"`../impl/impl.go x`", "`../impl/gone.go x`", "path ../impl/gone.go"},
	{"`impl.go`, `impl_test.go:3`", "`gone_test.go:3`", "path gone_test.go"},
	{"`impl/*.go`, `made.txt`", "`impl/*.json`", "path impl/*.json"},
	{"| impl/impl.go | 1.0/2.0 |", "| impl/gone.go |", "path impl/gone.go"},
	{"    impl/impl.go  grow/shrink", "    impl/gone.go  x", "path impl/gone.go"},

	{"TestOne says", "TestTwo says", "test TestTwo"},
	{"`FuzzOne`", "`FuzzTwo`", "test FuzzTwo"},
	{"`BenchmarkFar/at=1`", "`BenchmarkNear/at=1`", "test BenchmarkNear"},
	{"    Example", "    ExampleTwo", "test ExampleTwo"},
	{"Budget!Reserve", "Budget!Release", "action Budget!Release"},
	{"`Budget!Reserve`", "`Account!Reserve`", "action Account!Reserve"},
	{"`Budget-Kept`, `Budget-NAME`, `Of-Another`", "`Budget-Lost`", "case Budget-Lost"},
	{"R1", "R2", "rule R2"},
	{"t1 and R1", "T1", "rule T1"},
	{"`StrictLimit`, `b.grant(1)`, `strict`", "`StrictLimits`", "name StrictLimits"},
	{"`-n 3`, `-race`", "`-fully`", "flag -fully"},
	{"| promise |\n|---|\n| `StrictLimit` |", "| promise |\n|---|\n| `Swap` |", "operator Swap"},
	{"| a | mutants |\n|---|---|\n| `x` | `Swap` |", "| a | mutants |\n|---|---|\n| `x` | `Reserve` |", "mutant Reserve"},
	{"| function |\n|---|\n| `Budget.grant` |", "| function |\n|---|\n| `Budget.Grant` |", "function Budget.Grant"},
	{"```go\nif f() {\n\tg()\n}\n```", "```go\nf()\ng()\n```", "Go that no function of a test has: f()\ng()\n"},

	{"1. [a](impl/impl.go), 4 lines: why?", "1. [a](impl/impl.go), 5 lines: why?", "4 lines, not 5"},
	{"1. [a](impl/impl.go), [b](go.mod), 5 lines: why?", "1. [a](impl/impl.go), [b](go.mod), 4 lines: why?", "5 lines, not 4"},
	{"1. [a](impl/impl.go), 4 lines: a\n2. [b](go.mod), 1 lines: b\n\n5 lines in all.",
		"1. [a](impl/impl.go), 4 lines: a\n2. [b](go.mod), 1 lines: b\n\n6 lines in all.", "5 lines, not 6"},

	{"`go run ./tla/cmd/tlc Budget-Kept`", "`go run ./tla/cmd/tlc Kept`", "case, mutant or module Kept"},
	{"`go run ./tla/cmd/tlc CASE`", "`go run ./tla/cmd/tcl CASE`", "package ./tla/cmd/tcl"},
	{"`go run ./tla/cmd/tlc Swap`", "`go run ./impl Swap`", "program ./impl"},
	{"`go run a.dev/x@v1 -m Kept`", "`go run ./impl/cmd/run -m 3`", "flag -m"},
	{"`go test ./impl/...`, `go doc ./impl`", "`go doc ./imp`", "package ./imp"},
	{"`go vet ./tla/...`", "`go vet ./linearizability/...`", "package ./linearizability/..."},
	{"`go test ./impl`", "`go test ./tla/cmd/tlc`", "tests of ./tla/cmd/tlc"},
	{"`go -C impl/bench test .`", "`go test ./impl/bench`", "package ./impl/bench"},
	{"`go -C impl/bench vet ./...`", "`go -C bench vet ./...`", "package ./...:"},
	{"`go test -tags some ./impl`", "`go test -tags=some,rice ./impl`", "tag rice"},
	{"`go test -race`", "`go test -rice ./impl`", "flag -rice"},
	{"`go test ./impl -run 'One$|^TestO/(a|b)'`", "`go test ./impl -run 'One$|Two'`", "what matches -run Two"},
	{"| `go test ./impl -run 'One\\|Fuzz'` |", "| `go test ./impl -run 'One\\|Two'` |", "what matches -run Two"},
	{"`go test ./impl -run '^$' -fuzz=FuzzOne`", "`go test ./impl -run=Main`", "what matches -run Main"},
	{"`go test -tags some ./impl -run Some`", "`go test ./impl -run Some`", "what matches -run Some"},
	{"`cd impl/bench && go test -bench Far`", "`cd impl/bench && go test -bench Near`", "what matches -bench Near"},
	{"    X=1 go vet ./impl | tee a; go vet ./tla/...", "    go vet ./impl; go vet ./imp", "package ./imp"},
	{"    go vet \\\n        ./impl", "    go vet \\\n        ./imp", "package ./imp"},
	{"    cd impl\n    go vet .", "    cd bench", "folder bench"},
	{"    for i in 1 2; do\n        go vet ./impl\n    done", "    for i in 1 2; do go vet ./imp; done", "package ./imp"},
	{"```sh\nout\n$ go vet ./impl # all\n```", "```sh\n$ go vet './impl\n```", "shell"},
}

func checkout(t *testing.T) *tree {
	root := t.TempDir()
	for name, text := range small {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("git", "init", "-q", root).CombinedOutput(); err != nil {
		t.Fatalf("%s %v", out, err)
	}
	tree, err := read(root)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// TestWrongLines: what does not exist is reported once, with its page and kind.
func TestWrongLines(t *testing.T) {
	tree := checkout(t)
	hold := func(file, text, want string) {
		t.Helper()
		old := tree.text[file]
		tree.text[file] = text
		report := strings.Join(tree.check(file), "; ")
		tree.text[file] = old
		_, wrong, _ := strings.Cut(report, ": ")
		if (report == "") != (want == "") || !strings.HasPrefix(wrong, want) || strings.Contains(report, "; ") {
			t.Errorf("%s is %q: reported %q, want %q", file, text, report, want)
		}
	}
	for _, l := range wrongLines {
		const head = "# Page `one`\n\nA sentence.\n\n"
		hold("PAGE.md", head+l[0]+"\n", "")
		hold("PAGE.md", head+l[1]+"\n", l[2])
	}
	// The page of a nested module speaks of its own folder, and of the root.
	hold("impl/bench/README.md", "    go test -bench Far .\n    go vet ./impl\n", "")
	hold("impl/bench/README.md", "    go test -bench Near .\n", "what matches -bench Near")
	const slashes = "/" + "/ " // this file is looked at too
	hold("impl/impl.go", small["impl/impl.go"]+slashes+"TestOne, Budget-Kept.\n", "")
	hold("impl/impl.go", "package impl "+slashes+"Budget!Release\n", "action Budget!Release")
	hold("impl/impl.go", "package impl "+slashes+"TestTwo\n", "test TestTwo")
	hold("impl/impl.go", "package impl "+slashes+"R2\n", "rule R2")
	hold("tla/Budget.tla", small["tla/Budget.tla"], "")
	hold("tla/Budget.tla", "(* Budget.Grant *)\n", "function Budget.Grant")
	// Rules.
	hold("tla/README.md", small["tla/README.md"], "")
	hold("tla/README.md", "| R1 | `Reserve` | `Slack` |\n", "row of R1 that names Swap")
	hold("tla/README.md", "| R1 | `Swap` |\n", "row of R1 that names Slack")
	tree.text["impl/impl.go"] = "package impl\n"
	hold("tla/README.md", small["tla/README.md"], "code in impl that cites R1")
}

func TestPut(t *testing.T) {
	const page, new = "a\n<!-- x:begin -->\nold\n<!-- x:end -->\nb\n", "a\n<!-- x:begin -->\nnew\n<!-- x:end -->\nb\n"
	for _, tt := range []struct{ page, text, want string }{
		{page, "new\n", new},
		{page, "", page}, // of a command that failed
		{"a\n<!-- x:begin -->\n", "new\n", "a\n<!-- x:begin -->\n"},
		{page + page, "new\n", page + page},
		{"<!-- x:end -->\n<!-- x:begin -->\n", "new\n", "<!-- x:end -->\n<!-- x:begin -->\n"},
	} {
		file := filepath.Join(t.TempDir(), "page.md")
		if err := os.WriteFile(file, []byte(tt.page), 0o644); err != nil {
			t.Fatal(err)
		}
		err := put(file, "x", strings.NewReader(tt.text))
		got, _ := os.ReadFile(file)
		if string(got) != tt.want || (err == nil) != (tt.want == new) {
			t.Errorf("put %q into %q: %q, %v", tt.text, tt.page, got, err)
		}
	}
}
