/* SPDX-License-Identifier: MIT */
/* A core that calls an exporter: what layering.sh must refuse. */
void slmi_wrong_core(void);
void slmi_wrong_exporter(void);

void slmi_wrong_core(void)
{
    slmi_wrong_exporter();
}
