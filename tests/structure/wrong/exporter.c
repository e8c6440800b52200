/* SPDX-License-Identifier: MIT */
void slmi_wrong_exporter(void);

void slmi_wrong_exporter(void)
{
}
