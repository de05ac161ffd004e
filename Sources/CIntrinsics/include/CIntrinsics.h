#pragma once

#include "CSockets.h"
#include "CCRC32C.h"
#include "CText.h"
