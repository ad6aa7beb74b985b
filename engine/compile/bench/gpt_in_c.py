"""The second job as loops in C: one document a call, the update by Adam included."""

SOURCE = r"""
#include <math.h>
#include <string.h>
enum { D = 16, H = 4, S = D/H, T = 16, V = 27, F = 4*D,
       WTE = 0, WPE = WTE + V*D, WQ = WPE + T*D, WK = WQ + D*D, WV = WK + D*D, WO = WV + D*D,
       FC1 = WO + D*D, FC2 = FC1 + F*D, HEAD = FC2 + D*F, P = HEAD + V*D };

static inline void linear(const double *restrict w, const double *restrict x, double *restrict y,
                          int rows, int columns) {
  for (int i = 0; i < rows; i++) {
    double sum = 0;
    for (int j = 0; j < columns; j++) sum += w[i*columns + j]*x[j];
    y[i] = sum;
  }
}
static inline void linear_back(const double *restrict w, double *restrict g, const double *restrict x,
                               const double *restrict dy, double *restrict dx, int rows, int columns) {
  for (int i = 0; i < rows; i++) {
    double d = dy[i];
    for (int j = 0; j < columns; j++) { g[i*columns + j] += d*x[j]; dx[j] += d*w[i*columns + j]; }
  }
}
static inline double norm(const double *restrict x, double *restrict y) {
  double sum = 0;
  for (int j = 0; j < D; j++) sum += x[j]*x[j];
  double scale = 1/sqrt(sum/D + 1e-5);
  for (int j = 0; j < D; j++) y[j] = x[j]*scale;
  return scale;
}
static inline void norm_back(const double *restrict y, double scale, const double *restrict dy,
                             double *restrict dx) {
  double sum = 0;
  for (int j = 0; j < D; j++) sum += dy[j]*y[j];
  for (int j = 0; j < D; j++) dx[j] += scale*(dy[j] - y[j]*sum/D);
}

double step(double *restrict p, double *restrict g, double *restrict m, double *restrict v,
            const int *restrict tokens, int n, int taken) {
  static double e[T][D], x0[T][D], x1[T][D], q[T][D], k[T][D], u[T][D], a[T][H][T], mix[T][D], x2[T][D],
      x3[T][D], h[T][F], x4[T][D], z[T][V], s0[T], s1[T], s3[T];
  static double dq[T][D], dk[T][D], du[T][D], d0[T][D], d1[T][D];
  double loss = 0, scale = 1/sqrt((double)S);
  memset(g, 0, P*sizeof(double));
  for (int t = 0; t < n; t++) {
    for (int j = 0; j < D; j++) e[t][j] = p[WTE + tokens[t]*D + j] + p[WPE + t*D + j];
    s0[t] = norm(e[t], x0[t]);
    s1[t] = norm(x0[t], x1[t]);
    linear(p + WQ, x1[t], q[t], D, D);
    linear(p + WK, x1[t], k[t], D, D);
    linear(p + WV, x1[t], u[t], D, D);
    for (int b = 0; b < H; b++) {
      double most = -1e300, sum = 0;
      for (int s = 0; s <= t; s++) {
        double score = 0;
        for (int j = b*S; j < b*S + S; j++) score += q[t][j]*k[s][j];
        a[t][b][s] = score*scale;
        if (a[t][b][s] > most) most = a[t][b][s];
      }
      for (int s = 0; s <= t; s++) sum += a[t][b][s] = exp(a[t][b][s] - most);
      for (int j = b*S; j < b*S + S; j++) mix[t][j] = 0;
      for (int s = 0; s <= t; s++) {
        a[t][b][s] /= sum;
        for (int j = b*S; j < b*S + S; j++) mix[t][j] += a[t][b][s]*u[s][j];
      }
    }
    linear(p + WO, mix[t], x2[t], D, D);
    for (int j = 0; j < D; j++) x2[t][j] += x0[t][j];
    s3[t] = norm(x2[t], x3[t]);
    linear(p + FC1, x3[t], h[t], F, D);
    for (int j = 0; j < F; j++) if (h[t][j] < 0) h[t][j] = 0;
    linear(p + FC2, h[t], x4[t], D, F);
    for (int j = 0; j < D; j++) x4[t][j] += x2[t][j];
    linear(p + HEAD, x4[t], z[t], V, D);
    double most = z[t][0], sum = 0;
    for (int i = 1; i < V; i++) if (z[t][i] > most) most = z[t][i];
    for (int i = 0; i < V; i++) sum += z[t][i] = exp(z[t][i] - most);
    for (int i = 0; i < V; i++) z[t][i] /= sum;
    loss -= log(z[t][tokens[t + 1]])/n;
  }
  memset(dk, 0, sizeof dk); memset(du, 0, sizeof du); memset(dq, 0, sizeof dq);
  memset(d0, 0, sizeof d0); memset(d1, 0, sizeof d1);
  for (int t = n - 1; t >= 0; t--) {
    double d4[D] = {0}, dh[F] = {0}, d3[D] = {0}, d2[D] = {0}, dm[D] = {0};
    z[t][tokens[t + 1]] -= 1;
    for (int i = 0; i < V; i++) z[t][i] /= n;
    linear_back(p + HEAD, g + HEAD, x4[t], z[t], d4, V, D);
    linear_back(p + FC2, g + FC2, h[t], d4, dh, D, F);
    for (int j = 0; j < F; j++) if (h[t][j] <= 0) dh[j] = 0;
    linear_back(p + FC1, g + FC1, x3[t], dh, d3, F, D);
    for (int j = 0; j < D; j++) d2[j] = d4[j];
    norm_back(x3[t], s3[t], d3, d2);
    linear_back(p + WO, g + WO, mix[t], d2, dm, D, D);
    for (int j = 0; j < D; j++) d0[t][j] += d2[j];
    for (int b = 0; b < H; b++) {
      double da[T], sum = 0;
      for (int s = 0; s <= t; s++) {
        da[s] = 0;
        for (int j = b*S; j < b*S + S; j++) { da[s] += dm[j]*u[s][j]; du[s][j] += dm[j]*a[t][b][s]; }
        sum += da[s]*a[t][b][s];
      }
      for (int s = 0; s <= t; s++) {
        double ds = a[t][b][s]*(da[s] - sum)*scale;
        for (int j = b*S; j < b*S + S; j++) { dq[t][j] += ds*k[s][j]; dk[s][j] += ds*q[t][j]; }
      }
    }
  }
  for (int t = 0; t < n; t++) {
    double de[D] = {0};
    linear_back(p + WQ, g + WQ, x1[t], dq[t], d1[t], D, D);
    linear_back(p + WK, g + WK, x1[t], dk[t], d1[t], D, D);
    linear_back(p + WV, g + WV, x1[t], du[t], d1[t], D, D);
    norm_back(x1[t], s1[t], d1[t], d0[t]);
    norm_back(x0[t], s0[t], d0[t], de);
    for (int j = 0; j < D; j++) { g[WTE + tokens[t]*D + j] += de[j]; g[WPE + t*D + j] += de[j]; }
  }
  double size = 0.01/(1 - pow(0.85, taken)), root = sqrt(1 - pow(0.99, taken));
  for (int i = 0; i < P; i++) {
    m[i] = 0.85*m[i] + (1 - 0.85)*g[i];
    v[i] = 0.99*v[i] + (1 - 0.99)*g[i]*g[i];
    p[i] -= size*m[i]/(sqrt(v[i])/root + 1e-8);
  }
  return loss;
}
"""
