// SPDX-License-Identifier: Apache-2.0

package register

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"tscns/cmd/internal/userfile"
)

// object is a JSON object that keeps its order, and every value it does not
// look into byte for byte.
type object []member

type member struct {
	key   string
	value json.RawMessage
}

// UnmarshalJSON implements json.Unmarshaler.
func (o *object) UnmarshalJSON(b []byte) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	if start, err := dec.Token(); err != nil || start != json.Delim('{') {
		return errors.Join(errors.New("not a JSON object"), err)
	}
	*o = object{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		var m member
		if m.key, _ = key.(string); o.find(m.key) >= 0 {
			return fmt.Errorf("%q stands there twice", m.key) // which of the two is in force only Firefox knows
		}
		if err := dec.Decode(&m.value); err != nil {
			return err
		}
		*o = append(*o, m)
	}
	return nil
}

// MarshalJSON implements json.Marshaler.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(m.key)
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(m.value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func (o object) find(key string) int {
	for i, m := range o {
		if m.key == key {
			return i
		}
	}
	return -1
}

// edit changes the object below keys, made where missing; an object that the
// change leaves empty and that was not there, or that became empty, is removed.
func (o *object) edit(keys []string, change func(*object)) error {
	if len(keys) == 0 {
		change(o)
		return nil
	}
	i := o.find(keys[0])
	var inner object
	if i >= 0 {
		if err := json.Unmarshal((*o)[i].value, &inner); err != nil {
			return fmt.Errorf("%q: %w", keys[0], err)
		}
	}
	before := len(inner)
	if err := inner.edit(keys[1:], change); err != nil {
		return err
	}
	if len(inner) == 0 && (i < 0 || before > 0) {
		if i >= 0 {
			*o = append((*o)[:i], (*o)[i+1:]...)
		}
		return nil
	}
	value, err := inner.MarshalJSON()
	if err != nil {
		return err
	}
	if i < 0 {
		*o = append(*o, member{keys[0], value})
	} else {
		(*o)[i].value = value
	}
	return nil
}

// set sets or, with "", deletes a text.
func (o *object) set(key, text string) {
	i := o.find(key)
	switch {
	case text == "" && i >= 0:
		*o = append((*o)[:i], (*o)[i+1:]...)
	case text == "":
	case i >= 0:
		(*o)[i].value, _ = json.Marshal(text)
	default:
		value, _ := json.Marshal(text)
		*o = append(*o, member{key, value})
	}
}

// policyFile returns the policies that Firefox obeys: it reads one file only,
// that of the system before that in its own folder.
func (w *World) policyFile() string {
	files := w.policyFiles()
	for _, path := range files {
		if userfile.At(filepath.Dir(path)).Has(filepath.Base(path)) {
			return path
		}
	}
	return files[0]
}

// policyFiles are the places of Firefox's policies, the system's first.
func (w *World) policyFiles() (list []string) {
	for _, dir := range []string{"/etc/firefox/policies", "/usr/lib/firefox/distribution", "/usr/lib/firefox-esr/distribution",
		"/usr/lib64/firefox/distribution", "/opt/firefox/distribution"} {
		list = append(list, filepath.Join(w.Root, dir, "policies.json"))
	}
	return list
}

// policyPath is where the policy stands: the older form has the names of the
// devices in SecurityDevices itself, and is kept where it is used.
func policyPath(top object) []string {
	var policies, devices object
	if i := top.find("policies"); i >= 0 && json.Unmarshal(top[i].value, &policies) == nil {
		if i := policies.find("SecurityDevices"); i >= 0 && json.Unmarshal(policies[i].value, &devices) == nil &&
			len(devices) > 0 && devices.find("Add") < 0 && devices.find("Delete") < 0 {
			return []string{"policies", "SecurityDevices"}
		}
	}
	return []string{"policies", "SecurityDevices", "Add"}
}

// PolicyModule returns what Firefox's policy loads under our name, and the file.
func (w *World) PolicyModule() (library, path string) {
	path = w.policyFile()
	return policyModule(path), path
}

func policyModule(path string) (library string) {
	b, err := userfile.Read(path)
	var top object
	if err != nil || json.Unmarshal(b, &top) != nil {
		return ""
	}
	_ = top.edit(policyPath(top), func(o *object) {
		if i := o.find(ModuleName); i >= 0 {
			_ = json.Unmarshal((*o)[i].value, &library)
		}
	})
	return library
}

// policyError is the error for a file of policies that is not in their form.
type policyError struct {
	path string
	err  error
}

// Error implements error.
func (e *policyError) Error() string { return e.path + ": " + e.err.Error() }

// Unwrap returns what is wrong with the file.
func (e *policyError) Unwrap() error { return e.err }

// mergedPolicy returns a file of policies as it is, nil where there is none,
// and with the module merged into it, or with "" taken out of it: nil where
// nothing is left. A file that is not JSON is an error.
func mergedPolicy(path, library string) (before, after []byte, err error) {
	before, err = userfile.Read(path)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return nil, nil, err
	}
	top := object{}
	if !missing {
		if err := json.Unmarshal(before, &top); err != nil {
			return nil, nil, &policyError{path, err}
		}
	}
	if err := top.edit(policyPath(top), func(o *object) { o.set(ModuleName, library) }); err != nil {
		return nil, nil, &policyError{path, err}
	}
	if len(top) == 0 {
		return before, nil, nil
	}
	raw, err := top.MarshalJSON()
	if err != nil {
		return nil, nil, err
	}
	var text bytes.Buffer
	if err := json.Indent(&text, raw, "", indentOf(before)); err != nil {
		return nil, nil, err
	}
	text.WriteByte('\n')
	return before, text.Bytes(), nil
}

// removePolicy takes the module out of a file of policies. One that holds
// nothing any more is removed, and its empty folders where they may be ours.
func removePolicy(path string, folders bool) error {
	_, after, err := mergedPolicy(path, "")
	if err != nil {
		return err
	}
	if after != nil {
		return userfile.Replace(path, after, policyMode)
	}
	err = userfile.Remove(path)
	if folders {
		userfile.At(filepath.Dir(path)).RemoveEmpty(2)
	}
	return err
}

// indentOf is how a file is indented: as its first line that is.
func indentOf(b []byte) string {
	for _, line := range strings.Split(string(b), "\n") {
		if rest := strings.TrimLeft(line, " \t"); rest != line && rest != "" {
			return line[:len(line)-len(rest)]
		}
	}
	return "  "
}
