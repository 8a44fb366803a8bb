# Reference values for the statistics, by R itself. Usage: Rscript fixtures.R <folder of data sets> <folder of fixtures>
arguments <- commandArgs(trailingOnly = TRUE)
data_folder <- arguments[1]
out_folder <- arguments[2]
covariates <- c("sex", "age_group", "ethnic_group", "imd_quintile", "tumour_group")
control <- glm.control(epsilon = 1e-14, maxit = 100)

write_table <- function(table, name) {
  for (column in names(table)) {
    if (is.double(table[[column]])) table[[column]] <- formatC(table[[column]], digits = 17, format = "g")
  }
  file <- gzfile(file.path(out_folder, paste0(name, ".csv.gz")), "w")
  write.csv(table, file, row.names = FALSE, quote = FALSE)
  close(file)
}

# --- models ---------------------------------------------------------------------------------------------------------

margins <- function(fit, data, logistic) {
  b <- coef(fit)
  b[is.na(b)] <- 0
  v <- vcov(fit, complete = FALSE)
  terms <- colnames(v)
  design <- model.matrix(fit)
  is_organisation <- grepl("^organisation", colnames(design))
  covariate_part <- design[, !is_organisation, drop = FALSE]
  eta <- as.vector(covariate_part %*% b[colnames(covariate_part)])
  codes <- sort(unique(data$organisation))
  rows <- lapply(codes, function(code) {
    own <- paste0("organisation", code)
    value <- b[[own]] + eta
    slope <- rep(1, length(value))
    if (logistic) {
      value <- plogis(value)
      slope <- value * (1 - value)
    }
    gradient <- setNames(numeric(length(terms)), terms)
    gradient[own] <- mean(slope)
    kept <- intersect(colnames(covariate_part), terms)
    gradient[kept] <- colMeans(slope * covariate_part[, kept, drop = FALSE])
    c(mean(value), sqrt(as.vector(gradient %*% v %*% gradient)))
  })
  table <- do.call(rbind, rows)
  data.frame(organisation = codes, margin = table[, 1], standard_error = table[, 2])
}

fit_models <- function(name) {
  data <- read.csv(file.path(data_folder, paste0(name, ".csv")), colClasses = c(rep("character", 6), "integer", "integer"))
  deviances <- list()
  for (answer in c("y", "rating")) {
    family <- if (answer == "y") binomial() else gaussian()
    for (model in c("organisation_effects", "pooled")) {
      terms <- if (model == "pooled") covariates else c("0", "organisation", covariates)
      formula <- as.formula(paste(answer, "~", paste(terms, collapse = " + ")))
      fit <- suppressWarnings(glm(formula, data = data, family = family, control = control))
      # glm's covariance is that of the weights before the last step: once more from the solution brings it up to date.
      if (fit$iter < 20) fit <- glm(formula, data = data, family = family, control = control, start = coef(fit))
      key <- paste(name, answer, model, sep = "_")
      table <- summary(fit)$coefficients
      write_table(data.frame(term = rownames(table), coefficient = table[, 1], standard_error = table[, 2]),
                  paste0("coefficients_", key))
      deviances[[key]] <- data.frame(dataset = name, answer = answer, model = model, deviance = fit$deviance,
                                     iterations = fit$iter)
      by_organisation <- tapply(fitted(fit), data$organisation, sum)
      by_group <- tapply(fitted(fit), data$tumour_group, sum)
      write_table(data.frame(group = c(names(by_organisation), names(by_group)),
                             fitted = c(as.vector(by_organisation), as.vector(by_group))), paste0("fitted_", key))
      if (model == "organisation_effects") {
        write_table(margins(fit, data, answer == "y"), paste0("margins_", key))
      }
      message(key, ": deviance ", format(fit$deviance, digits = 12), " after ", fit$iter, " iterations")
    }
  }
  do.call(rbind, deviances)
}

deviances <- do.call(rbind, lapply(c("small", "sparse", "large"), fit_models))
write_table(deviances, "deviances")

# --- two proportions, trends, many tests, intervals -----------------------------------------------------------------

set.seed(20181)
n1 <- c(10, 25, 60, 133, 480, 999, 51782, 36717)
n2 <- c(12, 31, 55, 140, 512, 1040, 51635, 36703)
x1 <- c(3, 25, 41, 100, 431, 545, 39274, 20117)
x2 <- c(7, 30, 47, 99, 470, 600, 39924, 22195)
tests <- lapply(seq_along(n1), function(i) {
  test <- suppressWarnings(prop.test(c(x2[i], x1[i]), c(n2[i], n1[i]), correct = FALSE))
  data.frame(n_positive_from = x1[i], n_from = n1[i], n_positive_to = x2[i], n_to = n2[i],
             chi_squared = unname(test$statistic), p_value = test$p.value)
})
write_table(do.call(rbind, tests), "prop_test")

series <- lapply(1:12, function(i) {
  n <- sample(20:4000, 4)
  x <- rbinom(4, n, seq(0.6, 0.6 + i / 60, length.out = 4))
  test <- suppressWarnings(prop.trend.test(x, n, score = 2015:2018))
  slope <- coef(lm(x / n ~ I(2015:2018), weights = n))[[2]]
  data.frame(t(setNames(x, paste0("x", 2015:2018))), t(setNames(n, paste0("n", 2015:2018))),
             chi_squared = unname(test$statistic), p_value = test$p.value, slope = slope)
})
write_table(do.call(rbind, series), "prop_trend_test")

p <- c(runif(200), 10^-runif(60, 1, 9), 0.05, 0.05, 1, 0)
write_table(data.frame(p_value = p, p_adjusted = p.adjust(p, "BH")), "p_adjust")

cases <- expand.grid(n = c(1, 2, 7, 20, 21, 92, 426, 51635), share = c(0, 0.03, 0.5, 0.77, 1))
cases$x <- round(cases$n * cases$share)
limits <- lapply(seq_len(nrow(cases)), function(i) {
  wilson <- suppressWarnings(prop.test(cases$x[i], cases$n[i], correct = FALSE))$conf.int
  data.frame(n_positive = cases$x[i], n_base = cases$n[i], wilson_lower = wilson[1], wilson_upper = wilson[2])
})
write_table(do.call(rbind, limits), "intervals")

welch <- lapply(1:8, function(i) {
  a <- pmin(10, round(rnorm(20 * i, 8.7, 1.4)))
  b <- pmin(10, round(rnorm(15 * i, 8.9, 1.2)))
  test <- t.test(b, a)
  data.frame(n_from = length(a), sum_from = sum(a), squares_from = sum(a^2), n_to = length(b), sum_to = sum(b),
             squares_to = sum(b^2), t = unname(test$statistic), df = unname(test$parameter), p_value = test$p.value,
             lower = test$conf.int[1], upper = test$conf.int[2])
})
write_table(do.call(rbind, welch), "welch")

# --- Paule and Mandel by root finding; slope index by weighted least squares ----------------------------------------

heterogeneous <- lapply(1:6, function(i) {
  k <- 15 + 20 * i
  n <- sample(15:1500, k)
  p <- plogis(qlogis(0.7) + rnorm(k, 0, 0.05 * (i - 1)))
  y <- rbinom(k, n, p) / n
  v <- 0.7 * 0.3 / n
  q <- function(t) {
    w <- 1 / (v + t)
    sum(w * (y - sum(w * y) / sum(w))^2) - (k - 1)
  }
  between <- if (q(0) <= 0) 0 else uniroot(q, c(0, 10), tol = 1e-16, maxiter = 10000)$root
  w <- 1 / (v + between)
  data.frame(case = i, score = y, variance = v, between_variance = between, mean = sum(w * y) / sum(w))
})
write_table(do.call(rbind, heterogeneous), "paule_mandel")

inequality <- lapply(1:6, function(i) {
  n <- sample(200:15000, 5)
  x <- rbinom(5, n, 0.55 + 0.02 * (1:5) * (i - 2) / 2)
  ridit <- (cumsum(n) - n / 2) / sum(n)
  fit <- lm(x / n ~ ridit, weights = n / sum(n))
  v <- (x / n) * (1 - x / n) / n
  w <- n / sum(n)
  centred <- ridit - sum(w * ridit)
  influence <- w * centred / sum(w * centred^2)
  intercept <- coef(fit)[[1]]
  slope <- coef(fit)[[2]]
  intercept_influence <- w - influence * sum(w * ridit)
  ratio_influence <- influence / intercept - slope / intercept^2 * intercept_influence
  data.frame(case = i, imd_quintile = 1:5, n_base = n, n_positive = x, slope_index = slope,
             slope_error = sqrt(sum(influence^2 * v)), relative_index = (intercept + slope) / intercept,
             relative_error = sqrt(sum(ratio_influence^2 * v)))
})
write_table(do.call(rbind, inequality), "inequality")
