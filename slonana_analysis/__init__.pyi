from .capture.tools import survey_tools as survey_tools
from .compare.summary import summarise as summarise
from .compare.verdicts import judge as judge
from .experiments.recorded import recorded_capture as recorded_capture
from .experiments.registry import all_experiments as all_experiments
from .measure.host import collect_host_facts as collect_host_facts
from .readers.registry import read_file as read_file
from .readers.registry import read_profile as read_profile
from .report import figures as figures
from .report import studies as studies
from .report import tables as tables
from .report import views as views
from .report.run_comparison import compare_runs as compare_runs
from .report.session import capture_cpu_profile as capture_cpu_profile
from .report.session import count_instructions as count_instructions
from .report.session import machine as machine
from .report.session import measure_experiment as measure_experiment
from .runs.catalogue import catalogue as catalogue
from .runs.catalogue import open_run as open_run
from .runs.results import save_results as save_results

__version__: str
