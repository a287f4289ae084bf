// Which libtorch this is compiled against; CMake finds out.
#pragma once

#define TORCH_AT_LEAST(major, minor) (RT_TORCH_MAJOR > (major) || (RT_TORCH_MAJOR == (major) && RT_TORCH_MINOR >= (minor)))
