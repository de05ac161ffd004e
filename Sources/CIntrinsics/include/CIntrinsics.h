#pragma once

#include "CSockets.h"
#include "CCRC32C.h"
