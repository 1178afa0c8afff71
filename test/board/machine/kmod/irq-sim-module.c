// SPDX-License-Identifier: GPL-2.0+
// kernel/irq/irq_sim.c as a module: it is made to be built in, and uses one function that modules are not given.
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/module.h>

// The same descriptor by a way that is open to modules.
#define irq_to_desc(number) irq_data_to_desc(irq_get_irq_data(number))
#include "irq_sim.c"

MODULE_DESCRIPTION("simulated interrupts for gpio-sim");
MODULE_LICENSE("GPL");
