# A recipe for Spack: `spack repo add contrib/spack`, then `spack install alfi`.
from spack.package import *


class Alfi(CMakePackage, CudaPackage):
    """Likelihood-free inference by recurrent machines, for C++, C, Fortran and CUDA."""

    homepage = "https://arxiv.org/abs/1811.12932"

    license("BSD-3-Clause")

    # `spack develop --path /where/the/source/is alfi@main` says where it comes from.
    version("main")

    variant("shared", default=False, description="Build a shared library")
    variant("fortran", default=True, description="Build the Fortran module")
    variant("mpi", default=False, description="Build alfi::mpi, and a command for many ranks")
    variant("tools", default=False, description="Build the alfi command")

    depends_on("c", type="build")
    depends_on("cxx", type="build")
    depends_on("fortran", type="build", when="+fortran")
    depends_on("cmake@3.18:", type="build")
    depends_on("nlohmann-json", type="build", when="+tools")
    depends_on("cli11", type="build", when="+tools")
    depends_on("tomlplusplus", type="build", when="+tools")
    depends_on("mpi", when="+mpi")
    depends_on("cuda@12.1:", when="+cuda")

    conflicts("cuda_arch=none", when="+cuda", msg="say for which GPU: cuda_arch=90")

    def cmake_args(self):
        args = [
            self.define_from_variant("BUILD_SHARED_LIBS", "shared"),
            self.define_from_variant("ALFI_FORTRAN", "fortran"),
            self.define_from_variant("ALFI_TOOLS", "tools"),
            self.define_from_variant("ALFI_MPI", "mpi"),
            self.define("ALFI_UMBRIDGE", False),
            self.define_from_variant("ALFI_CUDA", "cuda"),
            self.define("ALFI_TESTS", False),
            self.define("ALFI_BENCH", False),
        ]
        if self.spec.satisfies("+cuda"):
            args.append(self.define("CMAKE_CUDA_ARCHITECTURES", self.spec.variants["cuda_arch"].value))
        return args
