"""Which library multiplies PyTorch's matrices on the CPU: Debian's PyTorch takes whatever libblas.so.3 is, and that is
the reference BLAS, ten times slower than OpenBLAS, where libopenblas0 is not installed."""
import os, re


def name():
    """The file that is mapped into this process, after torch was imported: libblas.so.3 is resolved to what it is."""
    with open("/proc/self/maps") as maps:
        files = {line.split()[-1] for line in maps if re.search(r"/lib(open|mkl)?[a-z_]*blas|/libmkl_", line)}
    return ", ".join(sorted(os.path.basename(os.path.realpath(f)) for f in files)) or "built in"


def is_reference(): return bool(re.fullmatch(r"libblas\.so[.0-9]*", name()))
