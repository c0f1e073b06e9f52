package readme

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// small is a checkout that has one thing of each kind.
var small = map[string]string{
	"go.mod":         "module casalloc\n",
	"impl/README.md": "# Title\n\n## A `Code` heading: this, that\n\n## Twice\n\n## Twice\n",
	"impl/impl.go":   "package impl\n",
	"impl/impl_test.go": "package impl\nfunc TestOne(t *testing.T)\nfunc TestMain(m *testing.M)\n" +
		"func FuzzOne(f *testing.F)\nfunc FuzzOther(f *testing.F)\nfunc ExampleOne()\n",
	"impl/some_test.go":         "//go:build some\npackage impl\nfunc TestSome(t *testing.T)\n",
	"impl/scene.svg":            "<svg/>\n",
	"impl/bench/go.mod":         "module casalloc/impl/bench\n",
	"impl/bench/bench_test.go":  "package bench\nfunc BenchmarkFar(b *testing.B)\n",
	"impl/bench/plot/main.go":   "package main\n",
	"impl/cmd/run/main.go":      "//go:build some\npackage main\nvar n = flag.Int(\"n\", 0, ``)\n",
	"impl/cmd/run/no.go":        "//go:build !some\npackage main\n",
	"tla/cases.tsv":             "name\tmodule\nBudget-Kept\tBudget\nWithout-Swap\tBudget\n",
	"tla/cases/Budget-Kept.cfg": "\\* Budget\n",
	"tla/Budget.tla":            "Reserve(t) ==\n  /\\ TRUE\n",
	"tla/mutants.txt":           "# Lost\n",
	"tla/package.json":          "{}\n",
	"tla/tla_test.go":           "package tla\nfunc Test()\nvar f = flag.Bool(\"full\", f, ``)\n",
	"tla/cmd/tlc/main.go":       "package main\nvar j = flags.Bool(\"json\", false, \"\")\n",
	"tla/cmd/mutants/main.go":   "package main\n",
	"linearizability/cmd/mutants/main.go": "package main\n" +
		"var c = flags.String(\n\t\"counterexample\", ``, ``)\n",
	"linearizability/mutants/mutants.txt": "# Swap\n# Alone\n",
	"scripts/run.sh":                      "true\n",
}

// A wrongLine is reported, and the right one beside it is not. The report begins with the number of
// the line, behind the four of a head.
type wrongLine struct{ name, right, wrong, report string }

// wrongLines stand on a page in the root.
var wrongLines = []wrongLine{
	{"link", "[a](impl)", "[a](impi)", "5: link impi: "},
	{"link from the root", "[a](/impl/impl.go)", "[a](/impl.go)", "5: link /impl.go: "},
	{"link out", "[a](impl/../go.mod)", "[a](../go.mod)", "5: link ../go.mod: "},
	{"link with code", "[`a`](impl)", "[`a`](code)", "5: link code: "},
	{"picture", "![a b](impl/scene.svg)", "![a b](impl/none.svg)", "5: link impl/none.svg: "},
	{"link to the web", "[a](https://go.dev/x?y#z)", "[a](https:///x)", "5: link https:///x: "},
	{"link's end", "[a](impl \"the code\")", "[a](impl", "5: Markdown ](impl: "},
	{"definition", "[a]: impl/impl.go", "[a]: impl/gone.go", "5: link impl/gone.go: "},
	{"HTML", `<img src="impl/scene.svg">`, `<img src="impl/none.svg">`, "5: link impl/none.svg: "},
	{"anchor here", "[a](#page-one)", "[a](#page-two)", "5: anchor #page-two: "},
	{"anchor there", "[a](impl/README.md#a-code-heading-this-that)", "[a](impl/README.md#code)",
		"5: anchor impl/README.md#code: "},
	{"second anchor", "[a](impl#twice-1)", "[a](impl#twice-2)", "5: anchor impl#twice-2: "},
	{"line of a source", "[a](tla/Budget.tla#L2)",
		"[a](tla/Budget.tla#L3)", "5: anchor tla/Budget.tla#L3: "},

	{"lines of a source", "[a](tla/Budget.tla#L1-L2)",
		"[a](tla/Budget.tla#L1-L10)", "5: anchor tla/Budget.tla#L1-L10: "},

	{"path", "`impl/impl.go`", "`impl/imp.go`", "5: path impl/imp.go: "},
	{"folder", "`impl/cmd/`", "`impl/cmds/`", "5: path impl/cmds/: "},
	{"any word with a slash", "`scripts/run.sh`, `x/sync/semaphore`",
		"`script/run`", "5: path script/run: "},
	{"argument", "`cd impl/bench && go vet ./...` of `../../impl/impl.go x`",
		"`../../impl/gone.go x`", "5: path ../../impl/gone.go: "},
	{"file anywhere", "`Budget-Kept.cfg`", "`Budget-Lost.cfg`", "5: path Budget-Lost.cfg: "},
	{"some files", "`tla/cases/*.cfg`", "`tla/cases/*.json`", "5: path tla/cases/*.json: "},
	{"import path", "`casalloc/impl`, `go/build`", "`casalloc/imp`", "5: path casalloc/imp: "},
	{"path in a table", "| impl/impl.go | 1.0/2.0 |", "| impl/gone.go |", "5: path impl/gone.go: "},
	{"path in a block", "    impl/impl.go  grow/shrink",
		"    impl/gone.go  x", "5: path impl/gone.go: "},
	{"span of two lines", "`impl/impl.go\nand`", "`and\nimpl/gone.go`", "5: path impl/gone.go: "},
	{"backtick", "``a ` b``", "`a", "5: Markdown `a: "},
	{"fence", "```\na\n```", "```\na", "5: Markdown ```: "},
	{"no path", "`github.com/a/b`, `/sys/fs.go`, `TestOne/a`, `n/2 + 1`", "`a/b`", "5: path a/b: "},

	{"test", "`TestOne`", "`TestTwo`", "5: test TestTwo: "},
	{"line of a file", "`impl_test.go:3`, `bench_test.go:1:2`",
		"`gone_test.go:3`", "5: path gone_test.go: "},
	{"footnote", "[^1]: impl", "[1]: imp", "5: link imp: "},
	{"badge", "[![a](impl/scene.svg)](impl)", "[![a](impl/scene.svg)](imp)", "5: link imp: "},

	{"test in a sentence", "TestOne says", "TestTwo says", "5: test TestTwo: "},
	{"test in a table", "| `FuzzOne` |", "| `FuzzTwo` |", "5: test FuzzTwo: "},
	{"benchmark", "`BenchmarkFar/at=1`", "`BenchmarkNear/at=1`", "5: test BenchmarkNear: "},
	{"example", "    ExampleOne", "    ExampleTwo", "5: test ExampleTwo: "},
	{"action", "`Budget!Reserve`", "`Budget!Release`", "5: action Budget!Release: "},
	{"module", "`Budget!Reserve`", "`Account!Reserve`", "5: action Account!Reserve: "},
	{"case", "`Budget-Kept`, `Without-NAME`", "`Budget-Lost`", "5: case Budget-Lost: "},
	{"flag alone", "`-full`, `-json`, `-race`", "`-fully`", "5: flag alone -fully: "},

	{"case of a command", "`go run ./tla/cmd/tlc -json Budget-Kept`",
		"`go run ./tla/cmd/tlc -json Kept`",
		"5: case Kept: "},
	{"any case", "`go run ./tla/cmd/tlc CASE`", "`go run ./tla/cmd/tlc case`", "5: case case: "},
	{"mutant", "`go run ./linearizability/cmd/mutants Alone Swap`",
		"`go run ./linearizability/cmd/mutants Alone Lost`", "5: mutant Lost: "},
	{"wrong module", "`go run ./tla/cmd/mutants Lost`",
		"`go run ./tla/cmd/mutants Alone`", "5: mutant Alone: "},
	{"counterexample", "`go run ./linearizability/cmd/mutants -counterexample Swap`",
		"`go run ./linearizability/cmd/mutants -counterexample Alone`", "5: mutant Alone: "},

	{"package", "`go test ./impl`", "`go test ./imp`", "5: package ./imp: no such folder"},
	{"folder without Go", "`go vet ./tla/...`",
		"`go vet ./scripts/...`", "5: package ./scripts/...: no Go files"},
	{"package without tests", "`go test ./impl`",
		"`go test ./tla/cmd/tlc`", "5: package ./tla/cmd/tlc: no tests"},
	{"package of another module", "`go -C impl/bench test .`", "`go test ./impl/bench`",
		"5: package ./impl/bench: is of another module"},
	{"folder of -C", "`go -C impl/bench vet ./...`",
		"`go -C impl/wrench version`", "5: folder impl/wrench: "},
	{"program", "`go run ./tla/cmd/tlc -h`",
		"`go run ./impl -h`", "5: package ./impl: no package main"},
	{"program of another's", "`go run a.dev/x@v1 -y`",
		"`go run a/x -y`", "5: package a/x: no such package"},
	{"documentation", "`go doc ./impl.Budget Close`",
		"`go doc ./impl/budget`", "5: package ./impl/budget: "},
	{"tag", "`go test -tags some ./impl`", "`go test -tags same ./impl`", "5: tag same: "},
	{"second tag", "`go vet -tags=some ./impl`",
		"`go vet -tags=some,rice ./impl`", "5: tag rice: "},
	{"flag", "`go test ./tla -v -full -timeout 1m`",
		"`go test ./tla -v -ful -timeout 1m`", "5: flag -ful: "},
	{"flag of go", "`go test -race`, `go test -full`", "`go test -rice ./impl`", "5: flag -rice: "},
	{"to be filled in", "`go test PACKAGE -run NAME`", "`go test Package -run NAME`",
		"5: package Package: no such package"},
	{"flag of a program", "`go run -tags some ./impl/cmd/run -n 3 impl/impl.go`",
		"`go run -tags some ./impl/cmd/run -m 3`", "5: flag -m: "},
	{"flag under a tag", "`go run -tags some ./impl/cmd/run -n 3`",
		"`go run ./impl/cmd/run -n 3`", "5: flag -n: "},
	{"flag of a test in all", "`go test ./tla/... -full`",
		"`go test ./... -full`", "5: flag -full: "},
	{"-run", "`go test ./impl -run 'One$|^TestO/(a|b)'`",
		"`go test ./impl -run 'One$|Two'`", "5: regexp -run Two: "},
	{"-run of nothing", "`go test ./impl -run '^$' -fuzz FuzzOne`",
		"`go test ./impl -run '^Main$'`",
		"5: regexp -run ^Main$: "},
	{"-run under a tag", "`go test -tags some ./impl -run Some`", "`go test ./impl -run Some`",
		"5: regexp -run Some: "},
	{"-fuzz of one", "`go test ./impl -fuzz '^FuzzO(ne)$'`", "`go test ./impl -fuzz Fuzz`",
		"5: regexp -fuzz Fuzz: matches more than one"},
	{"-bench", "`cd impl/bench && go test -bench 'Far/x|Far'`",
		"`cd impl/bench && go test -bench Near`",
		"5: regexp -bench Near: "},
	{"-run in a table", "| `go test ./impl -run 'One\\|Fuzz'` |",
		"| `go test ./impl -run 'One\\|Two'` |",
		"5: regexp -run Two: "},

	{"no package", "`go test` and `go test -race`",
		"    go test -race", "5: package .: no Go files"},
	{"cd", "    cd impl/bench\n    go run ./plot",
		"    cd impl\n    go run ./plot", "6: package ./plot: no such"},
	{"two commands", "    go vet ./impl | tee a; go vet ./tla",
		"    go vet ./impl | tee a; go vet ./tle",
		"5: package ./tle: "},
	{"block in a fence", "```sh\n$ go vet ./impl # all\n```",
		"```sh\n$ go vet ./imp # all\n```", "6: package ./imp: "},
	{"lines that go on", "    go vet \\\n        ./impl",
		"    go vet \\\n        ./imp", "5: package ./imp: "},
	{"loop", "    for i in 1 2; do\n        go vet ./impl\n    done",
		"    for i in 1 2; do go vet ./imp; done",
		"5: package ./imp: "},
	{"file of the command", "    go run ./impl/cmd/run >impl/a.txt; cat impl/a.txt",
		"    go run ./impl/cmd/run >impl/a.txt; cat impl/b.txt", "5: path impl/b.txt: "},
	{"program that was built", "    go build -tags some ./impl/cmd/run\n    X=1 ./run -n 2 >&2",
		"    go build -tags some ./impl/cmd/run && ./run -m 2", "5: flag -m: "},
	{"file of a line before", "    go test ./impl >old.txt\n    benchstat old.txt",
		"    go test ./impl >old.txt\n    benchstat new.txt", "6: path new.txt: "},
	{"clone", "    git clone https://a.dev/b/c.git && cd c\n    go vet ./impl",
		"    git clone https://a.dev/b/c.git && cd b", "5: folder b: "},
	{"npm", "`npm ci --prefix tla`", "`npm ci --prefix impl`", "5: folder impl: "},
	{"java", "    java -config tla/cases/Budget-Kept.cfg", "    java -config tla/cases/Kept.cfg",
		"5: path tla/cases/Kept.cfg: "},
	{"Go is the compiler's", "```go\n// impl/gone.go, TestGone\n```", "```text\nimpl/gone.go\n```",
		"6: path impl/gone.go: "},
	{"comment", "<!-- TestGone -->", "a <!-- --> TestGone", "5: test TestGone: "},
}

// wrongLinesBelow stand on the page of a module of its own.
var wrongLinesBelow = []wrongLine{
	{"link", "[a](../scene.svg)", "[a](impl/scene.svg)", "5: link impl/scene.svg: "},
	{"link out", "[a](../../go.mod)", "[a](../../../go.mod)", "5: link ../../../go.mod: "},
	{"path", "`plot/main.go`, `impl/impl.go`",
		"`bench/bench_test.go`", "5: path bench/bench_test.go: "},
	{"command here", "    go test -bench Far .",
		"    go test -bench Near .", "5: regexp -bench Near: "},
	{"command in the root", "    go vet ./impl", "    go vet ./imp", "5: package ./imp: "},
	{"program here", "    go run ./plot plot/main.go a.svg",
		"    go run ./plot plot/no.go a.svg", "5: path plot/no.go: "},
}

// TestPagesCanFail: each wrong line is reported once, with its page, its number and the words that
// are wrong.
func TestPagesCanFail(t *testing.T) {
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
	c, err := readCheckout(root)
	if err != nil {
		t.Fatal(err)
	}
	for page, lines := range map[string][]wrongLine{"PAGE.md": wrongLines,
		"impl/bench/PAGE.md": wrongLinesBelow} {
		for _, line := range lines {
			t.Run(path.Join(page, line.name), func(t *testing.T) {
				const head = "# Page `one`\n\nA sentence.\n\n"
				if got := checkPage(c, page, head+line.right+"\n").wrong; len(got) > 0 {
					t.Errorf("of the right line %q it says %q", line.right, got)
				}
				got, want := checkPage(c, page, head+line.wrong+"\n").wrong, page+":"+line.report
				if len(got) != 1 || !strings.HasPrefix(got[0], want) {
					t.Errorf("of the wrong line %q it says %q, want %q", line.wrong, got, want)
				}
			})
		}
	}
}
