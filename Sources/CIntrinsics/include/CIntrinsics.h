#pragma once

#include "CSockets.h"
#include "CCRC32C.h"
#include "CPrefetch.h"
#include "CText.h"
#include "CThreads.h"
