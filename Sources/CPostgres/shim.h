#pragma once
// libpq, the C client of Postgres. Nothing is added to it.
#include <libpq-fe.h>
