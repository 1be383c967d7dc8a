// SPDX-License-Identifier: Apache-2.0

//go:build linux

package attack

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// An application in a sandbox has the command copy a file of the person's to
// where it can read it, or change one outside: by a link in the place of a file
// or a folder that the command reads and writes again.
func TestPrivateKeyCopiedIntoSandbox(t *testing.T) {
	const profile = firefoxData + "/.mozilla/firefox"
	for name, plant := range map[string]func(*person){
		"list is a link": func(p *person) {
			p.firefox(profile)
			p.link(p.at(".ssh/id_rsa"), profile+"/a.default/pkcs11.txt")
		},
		"list is a hard link": func(p *person) {
			p.firefox(profile)
			require.NoError(p.t, os.Remove(p.at(profile+"/a.default/pkcs11.txt")))
			require.NoError(p.t, os.Link(p.at(".ssh/id_rsa"), p.at(profile+"/a.default/pkcs11.txt")))
		},
		"list is a relative link": func(p *person) {
			p.firefox(profile)
			p.link("../../../../../../.ssh/id_rsa", profile+"/a.default/pkcs11.txt")
		},
		"profile is a link": func(p *person) {
			p.firefox(profile)
			p.write("outside/pkcs11.txt", secret)
			p.link(p.at("outside"), profile+"/a.default")
		},
		"folder of profiles is a link": func(p *person) {
			p.firefox("outside")
			p.link(p.at("outside"), profile)
		},
		"profiles.ini is a link": func(p *person) {
			p.firefox("outside")
			p.write(profile+"/a.default/other", "")
			p.link(p.at("outside/profiles.ini"), profile+"/profiles.ini")
			p.link(p.at(".ssh/id_rsa"), profile+"/a.default/pkcs11.txt")
		},
		"database is a link": func(p *person) {
			p.write("outside/nssdb/pkcs11.txt", secret)
			p.link(p.at("outside"), chromeData+"/.pki")
		},
		"list of the database is a link": func(p *person) {
			p.link(p.at(".ssh/id_rsa"), chromeData+"/.pki/nssdb/pkcs11.txt")
		},
		"newer database is a link": func(p *person) {
			p.link(p.at(".ssh/id_rsa"), chromeData+"/data/pki/nssdb/pkcs11.txt")
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t)
			plant(p)
			before := p.private()
			said := p.registerFlatpak()
			assert.Empty(t, p.copied(".var"), "%s", said)
			assert.Equal(t, before, p.private(), "%s", said)
			assert.Contains(t, said, "left alone", "the person is told")
			p.tscns("unregister", "flatpak", p.module())
			assert.Empty(t, p.copied(".var"))
			assert.Equal(t, before, p.private())
		})
	}
}

// The list of modules changes to a link and back while the command runs, and
// the application looks each time whether a key has come.
func TestPrivateKeyCopiedIntoSandboxByARace(t *testing.T) {
	p := newPerson(t)
	const profile = firefoxData + "/.mozilla/firefox"
	p.firefox(profile)
	p.own()
	before := p.private()
	stop, stopped := make(chan struct{}), make(chan bool)
	go func() { stopped <- p.swap(profile+"/a.default", stop) }()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	for range 10 {
		_, _ = p.command(ctx, "register", "flatpak", "--yes", p.module()).CombinedOutput()
	}
	close(stop)
	assert.False(t, <-stopped, "the key is in the sandbox")
	require.NoError(t, ctx.Err())
	assert.Equal(t, before, p.private())
}

// swap makes the list of modules in a folder a file and a link to the private
// key in turn. It reports whether the key itself was there meanwhile.
func (p *person) swap(dir string, stop <-chan struct{}) (come bool) {
	list, next := p.at(dir+"/pkcs11.txt"), p.at(dir+"/next")
	for i := 0; ; i++ {
		select {
		case <-stop:
			return come
		default:
		}
		come = come || len(p.copied(dir)) > 0
		if i%2 == 0 {
			_ = os.WriteFile(next, []byte(emptyList), 0o600)
			_ = os.Chown(next, ordinary, ordinary)
		} else {
			_ = os.Symlink(p.at(".ssh/id_rsa"), next)
		}
		_ = os.Rename(next, list)
	}
}

// A path in a sandbox's profiles.ini has the command change a profile, or a
// database, that is not the application's own.
func TestHostProfileChangedByASandbox(t *testing.T) {
	for name, ini := range map[string]func(*person) string{
		"absolute": func(p *person) string { return "IsRelative=0\nPath=" + p.at(".mozilla/firefox/a.default") },
		"upwards":  func(*person) string { return "IsRelative=1\nPath=../../../../../.mozilla/firefox/a.default" },
		"upwards in an absolute path": func(p *person) string {
			return "IsRelative=0\nPath=" + p.at(firefoxData+"/../../../.mozilla/firefox/a.default")
		},
		"upwards through a link": func(p *person) string {
			p.link(p.at(".mozilla"), firefoxData+"/.mozilla/firefox/up")
			return "IsRelative=1\nPath=up/firefox/a.default"
		},
		"of another application": func(p *person) string {
			p.write("outside/x", "") // part of what must not change
			p.write(".var/app/org.other.App/a.default/pkcs11.txt", emptyList)
			return "IsRelative=0\nPath=" + p.at(".var/app/org.other.App/a.default")
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t)
			p.firefox(".mozilla/firefox")
			p.write(firefoxData+"/.mozilla/firefox/profiles.ini", "[Profile0]\nName=x\n"+ini(p)+"\n")
			before := p.private()
			said := p.registerFlatpak()
			assert.Contains(t, said, "left alone")
			assert.Equal(t, before, p.private(), "%s", said)
			if b, err := os.ReadFile(p.at(".var/app/org.other.App/a.default/pkcs11.txt")); err == nil {
				assert.Equal(t, emptyList, string(b))
			}
			assert.NoFileExists(t, p.at(".local/share/flatpak/overrides/org.mozilla.firefox"), "and its sandbox stays closed")
		})
	}
}

// A program that may write one folder of the configuration, or of the home,
// makes it look like a browser's, to have the command write elsewhere or copy
// what it may not read.
func TestFolderThatLooksLikeABrowsers(t *testing.T) {
	for _, folder := range []string{".config/chat", ".maker/chat", ".var/app/org.maker.Chat/config/chat"} {
		for name, plant := range map[string]func(*person){
			"list is a link": func(p *person) {
				p.firefox(folder)
				p.write(folder+"/a.default/cert9.db", "")
				p.link(p.at(".ssh/id_rsa"), folder+"/a.default/pkcs11.txt")
			},
			"profile is a link": func(p *person) {
				p.firefox(folder)
				p.write("outside/cert9.db", "")
				p.write("outside/pkcs11.txt", emptyList)
				p.link(p.at("outside"), folder+"/a.default")
			},
			"profile is elsewhere": func(p *person) {
				p.write(folder+"/profiles.ini", "[Profile0]\nIsRelative=0\nPath="+p.at("outside")+"\n[Profile1]\nPath=../../../outside\n[Profile2]\nPath=../../../../../outside\n")
				p.write("outside/cert9.db", "")
				p.write("outside/pkcs11.txt", emptyList)
			},
			"list of profiles is a FIFO": func(p *person) { p.fifo(folder + "/profiles.ini") },
			"database is a FIFO": func(p *person) {
				p.firefox(folder)
				p.write(folder+"/a.default/cert9.db", "")
				p.fifo(folder + "/a.default/pkcs11.txt")
			},
		} {
			t.Run(folder+": "+name, func(t *testing.T) {
				p := newPerson(t)
				plant(p)
				before := p.private()
				said := p.tscns("register", p.module()) + p.registerFlatpak() + p.tscns("doctor", p.module())
				assert.Equal(t, before, p.private(), "%s", said)
				p.tscns("unregister", p.module())
				assert.Empty(t, append(p.copied(".config"), p.copied(".var")...), "%s", said)
				assert.Empty(t, append(p.copied(".chat"), p.copied(".maker")...), "%s", said)
				assert.Equal(t, before, p.private(), "%s", said)
			})
		}
	}
}

// A link has the making of a database write through it.
func TestFileOverwrittenByAMadeDatabase(t *testing.T) {
	modutil, err := exec.LookPath("modutil")
	if err != nil {
		t.Skip("SKIPPED: modutil not installed (package libnss3-tools)")
	}
	for name, target := range map[string]string{"cert9.db": "outside/autostart.desktop", "key4.db": "outside/autostart.desktop",
		"pkcs11.txt": "outside/autostart.desktop", ".tscns-created": ".bashrc"} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t)
			p.path += ":" + filepath.Dir(modutil)
			p.write("outside/x", "")
			p.link(p.at(target), chromeData+"/.pki/nssdb/"+name)
			before := p.private()
			said := p.registerFlatpak()
			p.tscns("unregister", "flatpak", p.module())
			assert.Equal(t, before, p.private(), "%s", said)
		})
	}
}

// What a file in the database names is removed, or what a note of the state
// folder names that an older version or another program wrote.
func TestDocumentsRemovedByUnregister(t *testing.T) {
	const contract = "Documents/contract.txt"
	note := func(p *person, up string) string {
		sum := sha256Of(p.t, p.at(contract))
		return `{"directories":["` + p.at("Documents/empty") + `"],"files":{"` + up + contract + `":"` + sum + `"}}`
	}
	for name, plant := range map[string]func(*person){
		"in a sandbox": func(p *person) {
			p.write(chromeData+"/.pki/nssdb/pkcs11.txt", emptyList)
			p.registerFlatpak()
			p.write(chromeData+"/.pki/nssdb/.tscns-created", note(p, "../../../../../"))
		},
		"in an ordinary profile": func(p *person) {
			p.firefox(".mozilla/firefox")
			p.write(".mozilla/firefox/a.default/.tscns-created", note(p, "../../../"))
		},
		"in the database of Chromium": func(p *person) {
			p.write(".pki/nssdb/pkcs11.txt", emptyList)
			p.write(".pki/nssdb/.tscns-created", note(p, "../../"))
		},
		"note is a link": func(p *person) {
			p.write(".pki/nssdb/pkcs11.txt", emptyList)
			p.write("outside/note", note(p, "../../"))
			p.link(p.at("outside/note"), ".pki/nssdb/.tscns-created")
		},
		"files of a note in the state folder": func(p *person) {
			p.write(".pki/nssdb/pkcs11.txt", emptyList)
			p.write(".local/state/tscns/registered.json", `{"created":{"`+p.at(".pki/nssdb")+`":`+
				`{"folders":0,"files":{"../../`+contract+`":"`+sha256Of(p.t, p.at(contract))+`"}}}}`)
		},
		"folders and units of a note of Flatpak": func(p *person) {
			p.write(chromeData+"/.pki/nssdb/pkcs11.txt", emptyList)
			p.write(".local/share/tscns/flatpak.json", `{"directories":["`+p.at("Documents/empty")+`"],"socket":true,"units":["`+p.at(contract)+
				`"],"overrides":{"../../../../`+contract+`":{"existed":false}},"databases":[]}`)
			p.write("Documents/contract.txt", "[Context]\nfilesystems=xdg-run/p11-kit/pkcs11;\n")
		},
		"folders of a module file": func(p *person) {
			p.write(".config/pkcs11/modules/tscns.module", "# Made by tscns register; tscns unregister removes it.\n# directory: "+
				p.at("Documents/empty")+"\nmodule: x\n")
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t)
			plant(p)
			before := p.private()
			said := p.tscns("unregister", p.module()) + p.tscns("unregister", "flatpak", p.module())
			assert.Equal(t, before, p.private(), "%s", said)
		})
	}
}

// What stands in the place of a file is not one, or not the person's: it is
// neither read nor put aside, and the person is told.
func TestListThatIsNoFileIsReplaced(t *testing.T) {
	replace := func(p *person, list string, make func(path string) error) {
		require.NoError(p.t, os.Remove(p.at(list)))
		require.NoError(p.t, make(p.at(list)))
	}
	for name, plant := range map[string]func(*person, string){
		"folder": func(p *person, list string) {
			replace(p, list, func(path string) error { return os.Mkdir(path, 0o700) })
		},
		"socket": func(p *person, list string) {
			replace(p, list, func(path string) error {
				return syscall.Mknod(path, syscall.S_IFSOCK|0o600, 0)
			})
		},
		"FIFO":          func(p *person, list string) { p.fifo(list) },
		"dangling link": func(p *person, list string) { p.link(p.at("nothing"), list) },
		"device": func(p *person, list string) {
			needRoot(p.t)
			replace(p, list, func(path string) error { return syscall.Mknod(path, syscall.S_IFCHR|0o666, 1<<8|3) })
		},
	} {
		for _, base := range []string{".mozilla/firefox", firefoxData + "/.mozilla/firefox"} {
			t.Run(name+" in "+base, func(t *testing.T) {
				p := newPerson(t)
				p.firefox(base)
				list := base + "/a.default/pkcs11.txt"
				plant(p, list)
				before, err := os.Lstat(p.at(list))
				require.NoError(t, err)
				said := p.tscns("register", "firefox", p.module()) + p.registerFlatpak()
				p.tscns("unregister", p.module())
				after, err := os.Lstat(p.at(list))
				require.NoError(t, err)
				assert.True(t, os.SameFile(before, after), "%s", said)
				assert.Regexp(t, "left alone|failed|no modutil", said)
			})
		}
	}
}

// A list of another user's in the sandbox is not made the person's.
func TestListOfAnotherUserTakenOver(t *testing.T) {
	needRoot(t)
	p := newPerson(t)
	const list = firefoxData + "/.mozilla/firefox/a.default/pkcs11.txt"
	p.firefox(firefoxData + "/.mozilla/firefox")
	p.own()
	require.NoError(t, os.Chown(p.at(list), 0, 0))
	require.NoError(t, os.Chmod(p.at(list), 0o644))
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	out, _ := p.command(ctx, "register", "flatpak", "--yes", p.module()).CombinedOutput()
	assert.Contains(t, string(out), "belongs to another user")
	b, err := os.ReadFile(p.at(list))
	require.NoError(t, err)
	assert.Equal(t, emptyList, string(b))
}
