package mutate

import (
	"encoding/json"
	"go/ast"
	"go/build"
	goparser "go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
)

// GoOverlay writes the mutant of the files below root into dir for go build -overlay, and returns
// the file to name there.
func (m Mutant) GoOverlay(root, dir string) (string, error) {
	files, err := m.Apply(os.DirFS(root))
	if err != nil {
		return "", err
	}
	var o struct{ Replace map[string]string }
	o.Replace = make(map[string]string)
	for name, src := range files {
		to := filepath.Join(dir, strings.ReplaceAll(name, "/", "_"))
		if err := os.WriteFile(to, []byte(src), 0o644); err != nil {
			return "", err
		}
		o.Replace[filepath.Join(root, name)] = to
	}
	b, err := json.Marshal(o)
	if err != nil {
		return "", err
	}
	to := filepath.Join(dir, "overlay.json")
	return to, os.WriteFile(to, b, 0o644)
}

// Compile type-checks the package in dir, a folder below root, with files in the place of its own.
func Compile(fset *token.FileSet, std types.Importer, root, dir string,
	files map[string]string) error {
	p, err := build.ImportDir(filepath.Join(root, dir), 0)
	if err != nil {
		return err
	}
	var parsed []*ast.File
	for _, name := range p.GoFiles {
		var src any
		if s, ok := files[filepath.Join(dir, name)]; ok {
			src = s
		}
		f, err := goparser.ParseFile(fset, filepath.Join(p.Dir, name), src, goparser.SkipObjectResolution)
		if err != nil {
			return err
		}
		parsed = append(parsed, f)
	}
	_, err = (&types.Config{Importer: std}).Check(p.ImportPath, fset, parsed, nil)
	return err
}
