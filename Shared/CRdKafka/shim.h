// librdkafka's client and its embedded mock cluster, as one module.
#pragma once
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
