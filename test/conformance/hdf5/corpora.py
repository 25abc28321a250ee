"""Fetches foreign HDF5, NetCDF, NIfTI and Zarr files into .cache/corpora, through the ordinary clients of package registries.

usage: corpora.py NAME

Prints the folder, or a line that starts with SKIP if the files are not available (no network, no apt). A complete
folder is not fetched again.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
SUFFIXES = (".h5", ".hdf5", ".he5", ".nc", ".cdf", ".nc4", ".mat", ".hdf", ".raw", ".dat", ".nii.gz")
# Registry client and package of each corpus.
CORPORA = {
    "hdf5": ("apt", "hdf5"),
    "netcdf": ("apt", "netcdf"),
    "pytables": ("pip", "tables==3.11.1"),
    "pyfive": ("pip-source", "pyfive==1.3.0"),
    "pvlib": ("pip", "pvlib==0.16.1"),
    "ferret": ("apt-binary", "ferret-datasets"),
    "nilearn": ("pip", "nilearn==0.12.1"),
    "zarr": ("pip-source", "zarr==2.18.7"),
    "nczarr": ("apt", "netcdf"),
}
# Folder of the files of a corpus, and how their names end. Default: all folders, and SUFFIXES.
PARTS = {"zarr": ("/fixture/", ""), "nczarr": ("/nczarr_test/", ".zip")}


def mirror():
    """Returns the URL of the Debian archive from which this machine installs packages."""
    indexes = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)"], check=True, stdout=subprocess.PIPE, text=True
    )
    return next(uri for uri in indexes.stdout.split() if uri.rstrip("/").endswith("/debian"))


def apt(package, into, kind="deb-src"):
    """Fetches the upstream tarball of a Debian source package, or a binary package, with separate package lists."""
    sources = os.path.join(into, "sources")
    for folder in ("lists/partial", "cache/archives/partial", "sources"):
        os.makedirs(os.path.join(into, folder))
    with open("/etc/os-release") as f:
        release = next(line.split("=")[1].strip().strip('"') for line in f if line.startswith("VERSION_CODENAME="))
    with open(os.path.join(sources, "source.sources"), "w") as f:
        f.write(
            f"Types: {kind}\nURIs: {mirror()}\nSuites: {release}\nComponents: main\n"
            "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
        )
    options = [
        f"-oDir::Etc::SourceList=/dev/null",
        f"-oDir::Etc::SourceParts={sources}",
        f"-oDir::State::Lists={into}/lists",
        f"-oDir::Cache={into}/cache",
        "-oAPT::Sandbox::User=root",
    ]
    for command in (["update"], ["source", "--download-only", package] if kind == "deb-src" else ["download", package]):
        subprocess.run(
            ["apt-get", *options, *command],
            cwd=into,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=300,
        )


def pip(requirement, into, source):
    binary = ["--no-binary", requirement.split("==")[0]] if source else ["--only-binary", ":all:"]
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", *binary, requirement, "-d", into]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=600)


def members(archive):
    """Yields (name, reader) of the files in a tarball or a wheel."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as z:
            for name in z.namelist():
                yield name, lambda name=name: z.open(name)
    else:
        with tarfile.open(archive) as t:
            for member in t:
                if member.isfile():
                    yield member.name, lambda member=member: t.extractfile(member)


def fetch(name, target):
    client, what = CORPORA[name]
    with tempfile.TemporaryDirectory(dir=os.path.dirname(target)) as work:
        if client == "apt":
            apt(what, work)
        elif client == "apt-binary":
            apt(what, work, "deb")
            package = next(entry for entry in os.listdir(work) if entry.endswith(".deb"))
            with open(os.path.join(work, f"{what}.orig.tar"), "wb") as tar:
                subprocess.run(["dpkg-deb", "--fsys-tarfile", package], cwd=work, check=True, stdout=tar)
        else:
            pip(what, work, client == "pip-source")
        unpacked = os.path.join(work, "unpacked")
        for entry in sorted(os.listdir(work)):
            if not entry.endswith(
                (".orig.tar", ".orig.tar.gz", ".orig.tar.xz", ".whl", f"{what.replace('==', '-')}.tar.gz")
            ):
                continue
            for member, reader in members(os.path.join(work, entry)):
                path = os.path.normpath(os.path.join(unpacked, member))
                folder, suffixes = PARTS.get(name, ("", SUFFIXES))
                if not member.endswith(suffixes) or folder not in member or not path.startswith(unpacked + os.sep):
                    continue
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with reader() as source, open(path, "wb") as out:
                    shutil.copyfileobj(source, out)
        os.rename(unpacked, target)


name = sys.argv[1]
target = os.path.join(ROOT, ".cache", "corpora", name)
try:
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if not os.path.isdir(target):
        fetch(name, target)
    print(target)
except (OSError, subprocess.SubprocessError, StopIteration) as error:
    reason = getattr(error, "stderr", None) or str(error).encode()
    print(f"SKIP: no {name}: {reason.decode(errors='replace').strip().splitlines()[-1:] or error}")
